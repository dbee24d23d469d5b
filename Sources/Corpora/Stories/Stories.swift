/// Short stories about who is where and who has what, with a question or two at the end.
///
/// Two or three people and as many things, five to ten places, a sky. People walk, take, give and
/// put down things, feel hungry and do something about it, find and lose shells; now and then the
/// narrator says what somebody finds, which only a reader who kept track can foresee. The questions
/// ask where, who, how many and why, and their answers follow from the story with certainty: a
/// model that keeps no state pays for each of them.
///
/// > One evening it rained. Mira was in the kitchen. Finn was in the barn. The red ball was in the
/// > barn. Finn had the green key. Mira went to the barn. There she found Finn and the red ball. …
/// > Where was the red ball? It was with Mira in the barn.
public struct Stories: Grammar {
  /// The grammar's name in file names and messages.
  public var name: String { "stories" }

  /// Makes the grammar.
  public init() {}

  /// Tells one story.
  ///
  /// - Parameter teller: Takes the text and makes the choices.
  /// - Throws: What the teller throws.
  public func tell<T: Teller>(to teller: inout T) throws(T.Failure) {
    _ = try tellKeepingWorld(to: &teller)
  }

  /// Tells one story and gives what is true at its end.
  func tellKeepingWorld<T: Teller>(to teller: inout T) throws(T.Failure) -> StoryWorld {
    var world = StoryWorld()
    try open(&world, &teller)
    var events = 0
    while true {
      let heads = Self.heads(of: world, events: events)
      let head = heads[try teller.choose(heads.map(\.alternative))].head
      if case .question(let question) = head {
        try ask(question, of: world, &teller)
        return world
      }
      if try tell(head, &world, &teller) { events += 1 }
    }
  }

  /// The time, the sky, and who and what is where.
  private func open<T: Teller>(_ world: inout StoryWorld, _ teller: inout T) throws(T.Failure) {
    _ = try teller.choose(evenly: StoryWords.times)
    world.weather = try teller.choose(evenly: StoryWords.weathers.map(\.opening))
    try teller.say(".")
    let names = StoryWords.names
    var unused = Array(names.indices)
    for _ in 0..<2 {
      let chosen = try teller.choose(evenly: unused.map { " \(names[$0].name) was in the " })
      try introduce(unused.remove(at: chosen), &world, &teller)
    }
    // A third person, or on to the things.
    let third =
      unused.map { Alternative(" \(names[$0].name) was in the ") }
      + [Alternative(" The ", weight: unused.count)]
    let chosen = try teller.choose(third)
    if chosen < unused.count {
      try introduce(unused.remove(at: chosen), &world, &teller)
      try teller.say(" The ")
    }
    try addThing(&world, &teller)
    try teller.say(" The ")
    try addThing(&world, &teller)
  }

  private func introduce<T: Teller>(
    _ name: Int, _ world: inout StoryWorld, _ teller: inout T
  ) throws(T.Failure) {
    let (name, pronoun) = StoryWords.names[name]
    let place = try teller.choose(evenly: StoryWords.places.map { $0 + "." })
    world.people.append(StoryWorld.Person(name: name, pronoun: pronoun, place: place))
  }

  /// "red ball was in the barn." after "The ".
  func addThing<T: Teller>(
    _ world: inout StoryWorld, _ teller: inout T
  ) throws(T.Failure) {
    let colour = try teller.choose(evenly: StoryWords.colours.map { $0 + " " })
    // A second red ball could not be told from the first.
    let nouns = StoryWords.things.filter { noun in
      !world.things.contains { $0.name == "\(StoryWords.colours[colour]) \(noun)" }
    }
    let noun = try teller.choose(evenly: nouns)
    let name = "\(StoryWords.colours[colour]) \(nouns[noun])"
    let holders: [StoryWorld.Holder] =
      StoryWords.places.indices.map { .place($0) } + world.people.indices.map { .person($0) }
    let texts =
      StoryWords.places.map { Alternative(" was in the \($0).") }
      + world.people.map { Alternative(" was with \($0.name).", weight: 2) }
    world.things.append(StoryWorld.Thing(name: name, holder: holders[try teller.choose(texts)]))
  }
}
