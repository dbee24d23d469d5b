/// How a sentence of a story can begin.
enum StoryHead {
  /// A third thing, where the events have not begun.
  case thing
  /// Somebody does something.
  case person(Int)
  /// What the one who just moved finds.
  case found
  /// What the sky does to the one who just went out.
  case sky
  /// How many there are after some were found or lost.
  case count
  /// Where somebody or something else is meanwhile.
  case meanwhile
  /// The events are over.
  case question(StoryQuestion)
}

extension Stories {
  /// The ways to begin the next sentence, and how likely each is.
  ///
  /// Every head differs from the others within its text: names and pronouns differ, and the
  /// narrator's remarks begin with words that are no name.
  static func heads(
    of world: StoryWorld, events: Int
  ) -> [(head: StoryHead, alternative: Alternative)] {
    var heads: [(StoryHead, String, Int)] = []
    if events < mostEvents {
      if events == 0 && world.things.count == 2 { heads.append((.thing, " The ", 4)) }
      for (index, person) in world.people.enumerated() {
        // Whom the last sentence was about goes on as a pronoun.
        let isSubject = world.subject == index
        heads.append((.person(index), " " + (isSubject ? person.pronoun : person.name), 3))
      }
      if world.justMoved { heads.append((.found, " There ", 4)) }
      if world.justMovedOut { heads.append((.sky, " Outside, ", 4)) }
      if world.mayDigress { heads.append((.meanwhile, " Meanwhile ", 2)) }
      if world.justCounted { heads.append((.count, " Now ", 5)) }
    }
    if events >= fewestEvents {
      // The longer the story, the likelier its end.
      let goingOn = heads.reduce(0) { $0 + $1.2 }
      let share = events - fewestEvents + 1
      heads = heads.map { ($0.0, $0.1, $0.2 * questionWeight(of: world) * 4) }
      heads += world.questions.map {
        (.question($0), "\n" + $0.text, $0.weight * max(goingOn, 1) * share)
      }
    }
    return heads.map { ($0.0, Alternative($0.1, weight: $0.2)) }
  }

  /// Events before the first question may come.
  static let fewestEvents = 4
  /// Events after which it must.
  static let mostEvents = 9

  private static func questionWeight(of world: StoryWorld) -> Int {
    world.questions.reduce(0) { $0 + $1.weight }
  }
}
