/// What somebody can do next.
private enum StoryDeed {
  case go
  case take
  case put
  case give
  case feel
  case find
  case lose
}

extension Stories {
  /// Tells the rest of a sentence and changes the world; whether it was an event, not a remark.
  func tell<T: Teller>(
    _ head: StoryHead, _ world: inout StoryWorld, _ teller: inout T
  ) throws(T.Failure) -> Bool {
    switch head {
    case .thing:
      try addThing(&world, &teller)
      return false
    case .person(let person):
      try act(person, &world, &teller)
      return true
    case .found:
      try teller.say(foundText(world))
      world.justMoved = false
      return false
    case .sky:
      try teller.say(skyText(world))
      world.justMovedOut = false
      return false
    case .count:
      try teller.say(countText(world))
      world.justCounted = false
      return false
    case .meanwhile:
      try digress(&world, &teller)
      return false
    case .question:
      return false
    }
  }

  /// "Finn was in the barn." or "the red ball was in the cellar." after "Meanwhile ".
  private func digress<T: Teller>(
    _ world: inout StoryWorld, _ teller: inout T
  ) throws(T.Failure) {
    // What was remarked on is no longer what the last sentence was about.
    world.justMoved = false
    world.justMovedOut = false
    world.justCounted = false
    world.mayDigress = false
    var subjects: [(text: String, place: Int)] = []
    for (index, person) in world.people.enumerated() where index != world.subject {
      subjects.append((person.name, person.place))
    }
    for thing in world.things {
      if case .place(let place) = thing.holder { subjects.append(("the " + thing.name, place)) }
    }
    let chosen = try teller.choose(evenly: subjects.map { $0.text + " was in the " })
    try teller.say(StoryWords.places[subjects[chosen].place] + ".")
    world.subject = nil  // a pronoun might mean somebody else now
  }

  /// One event: a deed that is possible now, and what it is done to.
  private func act<T: Teller>(
    _ person: Int, _ world: inout StoryWorld, _ teller: inout T
  ) throws(T.Failure) {
    world.subject = person
    world.justMoved = false
    world.justMovedOut = false
    world.justCounted = false
    world.mayDigress = true
    let deeds = Self.deeds(of: person, in: world)
    switch deeds[try teller.choose(deeds.map { Alternative($0.text, weight: $0.weight) })].deed {
    case .go: try go(person, &world, &teller)
    case .take:
      let near = world.lying(at: world.people[person].place)
      let thing = near[try teller.choose(evenly: near.map { world.things[$0].name + " in the " })]
      try teller.say(here(person, world))
      world.things[thing].holder = .person(person)
    case .put:
      let held = world.held(by: person)
      let thing = held[try teller.choose(evenly: held.map { world.things[$0].name + " in the " })]
      try teller.say(here(person, world))
      world.things[thing].holder = .place(world.people[person].place)
    case .give:
      let held = world.held(by: person)
      let thing = held[try teller.choose(evenly: held.map { world.things[$0].name + " to " })]
      let near = world.company(of: person)
      let other = near[try teller.choose(evenly: near.map { world.people[$0].name + "." })]
      world.things[thing].holder = .person(other)
    case .feel:
      let free = StoryWords.needs.indices.filter { need in
        !world.people.contains { $0.need == need }
      }
      let need = free[try teller.choose(evenly: free.map { StoryWords.needs[$0].cause })]
      try teller.say(" and \(StoryWords.needs[need].did).")
      world.people[person].need = need
    case .find: try find(person, &world, &teller)
    case .lose: try lose(person, &world, &teller)
    }
  }

  /// The name of the place where somebody is, as a sentence ends.
  private func here(_ person: Int, _ world: StoryWorld) -> String {
    StoryWords.places[world.people[person].place] + "."
  }

  /// What is possible, with the text that begins it; the texts begin with different words.
  private static func deeds(
    of person: Int, in world: StoryWorld
  ) -> [(deed: StoryDeed, text: String, weight: Int)] {
    let here = world.people[person].place
    let holds = !world.held(by: person).isEmpty
    var deeds: [(StoryDeed, String, Int)] = [
      (.go, " went to the ", 4), (.go, " walked to the ", 2), (.go, " ran to the ", 2),
    ]
    if !world.lying(at: here).isEmpty {
      deeds += [(.take, " took the ", 6), (.take, " picked up the ", 3)]
    }
    if holds { deeds.append((.put, " put down the ", 3)) }
    if holds && !world.company(of: person).isEmpty { deeds.append((.give, " gave the ", 6)) }
    if world.people[person].need == nil { deeds.append((.feel, " was ", 2)) }
    switch world.people[person].hoard {
    case nil: deeds.append((.find, " found ", 2))
    case let hoard?:
      if hoard.count < StoryWords.numbers.count - 1 { deeds.append((.find, " found ", 4)) }
      if hoard.count > 0 { deeds.append((.lose, " lost ", 3)) }
    }
    return deeds
  }

  private func go<T: Teller>(
    _ person: Int, _ world: inout StoryWorld, _ teller: inout T
  ) throws(T.Failure) {
    let others = StoryWords.places.indices.filter { $0 != world.people[person].place }
    // People go where somebody or something is, more often than not.
    let used = Set(world.people.map(\.place) + world.things.indices.map { world.place(of: $0) })
    let texts = others.map {
      Alternative(StoryWords.places[$0] + ".", weight: used.contains($0) ? 5 : 1)
    }
    let place = others[try teller.choose(texts)]
    world.people[person].place = place
    world.justMoved = true
    world.justMovedOut = place >= StoryWords.firstOutdoorPlace
  }

  /// "two shells." the first time, "two more." from then on.
  private func find<T: Teller>(
    _ person: Int, _ world: inout StoryWorld, _ teller: inout T
  ) throws(T.Failure) {
    guard let hoard = world.people[person].hoard else {
      let count = 1 + (try teller.choose(evenly: (1...4).map { StoryWords.numbers[$0] + " " }))
      let nouns = StoryWords.hoards.map { (count == 1 ? $0.one : $0.many) + "." }
      let kind = try teller.choose(evenly: nouns)
      world.people[person].hoard = StoryWorld.Hoard(kind: kind, count: count)
      return
    }
    let most = min(4, StoryWords.numbers.count - 1 - hoard.count)
    let more = 1 + (try teller.choose(evenly: (1...most).map { StoryWords.numbers[$0] + " " }))
    try teller.say("more.")
    world.people[person].hoard?.count += more
    world.justCounted = true
  }

  private func lose<T: Teller>(
    _ person: Int, _ world: inout StoryWorld, _ teller: inout T
  ) throws(T.Failure) {
    guard let hoard = world.people[person].hoard else { return }
    let most = min(4, hoard.count)
    let lost = 1 + (try teller.choose(evenly: (1...most).map { StoryWords.numbers[$0] + " " }))
    try teller.say("of them.")
    world.people[person].hoard?.count -= lost
    world.justCounted = true
  }
}
