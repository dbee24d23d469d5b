// What the narrator remarks: it follows from the world with certainty, so a reader who kept track
// pays nothing for it and any other pays at each word.

extension Stories {
  /// "she found Finn and the red ball." after "There ".
  func foundText(_ world: StoryWorld) -> String {
    guard let subject = world.subject else { return "" }
    let person = world.people[subject]
    let found =
      world.company(of: subject).map { world.people[$0].name }
      + world.lying(at: person.place).map { "the " + world.things[$0].name }
    guard let last = found.last else { return "\(person.she) found nobody and nothing." }
    let before = found.dropLast().joined(separator: ", ")
    return "\(person.she) found \(before.isEmpty ? last : "\(before) and \(last)")."
  }

  /// "the rain made her wet." after "Outside, ".
  func skyText(_ world: StoryWorld) -> String {
    guard let subject = world.subject else { return "" }
    let words = StoryWords.weathers[world.weather].effect.split(separator: " ")
    let her = world.people[subject].her
    return words.map { $0 == "NAME" ? her : String($0) }.joined(separator: " ") + "."
  }

  /// "she had five shells." after "Now ".
  func countText(_ world: StoryWorld) -> String {
    guard let subject = world.subject, let hoard = world.people[subject].hoard else { return "" }
    return "\(world.people[subject].she) had \(world.amount(hoard.count, of: hoard.kind))."
  }
}
