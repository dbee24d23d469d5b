/// A primer for ``Stories``: nothing but who and what is where, told again and again.
///
/// Two people and two things are put somewhere; then somebody goes elsewhere, or, oftener, the
/// narrator says where one of them is. In a story some four tokens of 112 can only be foreseen by
/// looking back to where a name was last put, among pronouns, counts and remarks; here six of 103
/// can, and there is nothing else to learn.
///
/// > One morning it rained. Mira was in the barn. Finn was in the attic. The red ball was in the
/// > barn. The blue key was in the cellar. Meanwhile Finn was in the attic. Mira went to the attic. …
/// > Where was Mira? She was in the attic.
public struct Whereabouts: Grammar {
  /// The grammar's name in file names and messages.
  public var name: String { "whereabouts" }

  /// Makes the grammar.
  public init() {}

  /// Sentences between the opening and the questions.
  private static let sentences = 6
  /// How likely the narrator looks at something, beside each of the people going elsewhere.
  private static let looks = 4

  /// Somebody or something, and where.
  private struct Subject {
    let name: String
    let pronoun: String
    let isPerson: Bool
    var place: Int

    /// As it stands within a sentence.
    var text: String { isPerson ? name : "the " + name }
  }

  /// Tells one passage.
  ///
  /// - Parameter teller: Takes the text and makes the choices.
  /// - Throws: What the teller throws.
  public func tell<T: Teller>(to teller: inout T) throws(T.Failure) {
    _ = try teller.choose(evenly: StoryWords.times)
    _ = try teller.choose(evenly: StoryWords.weathers.map { $0.opening + "." })
    var subjects: [Subject] = []
    for _ in 0..<2 { try addPerson(&subjects, &teller) }
    for _ in 0..<2 { try addThing(&subjects, &teller) }
    for _ in 0..<Self.sentences { try goOn(&subjects, &teller) }
    try ask(about: subjects, &teller)
    try teller.say("\n\n")
  }

  private func addPerson<T: Teller>(
    _ subjects: inout [Subject], _ teller: inout T
  ) throws(T.Failure) {
    let free = StoryWords.names.filter { entry in !subjects.contains { $0.name == entry.name } }
    let (name, pronoun) = free[
      try teller.choose(evenly: free.map { " \($0.name) was in the " })]
    subjects.append(
      Subject(name: name, pronoun: pronoun, isPerson: true, place: try place(&teller)))
  }

  private func addThing<T: Teller>(
    _ subjects: inout [Subject], _ teller: inout T
  ) throws(T.Failure) {
    try teller.say(" The ")
    let names = StoryWords.colours.flatMap { colour in
      StoryWords.things.map { "\(colour) \($0)" }
    }
    let free = names.filter { name in !subjects.contains { $0.name == name } }
    let name = free[try teller.choose(evenly: free.map { "\($0) was in the " })]
    subjects.append(
      Subject(name: name, pronoun: "It", isPerson: false, place: try place(&teller)))
  }

  private func place<T: Teller>(_ teller: inout T) throws(T.Failure) -> Int {
    try teller.choose(evenly: StoryWords.places.map { $0 + "." })
  }

  /// Somebody goes elsewhere, or the narrator says where somebody or something is.
  private func goOn<T: Teller>(
    _ subjects: inout [Subject], _ teller: inout T
  ) throws(T.Failure) {
    let people = subjects.indices.filter { subjects[$0].isPerson }
    let chosen = try teller.choose(
      [Alternative(" Meanwhile ", weight: Self.looks)]
        + people.map { Alternative(" \(subjects[$0].name) went to the ") })
    if chosen == 0 {
      let seen = subjects[try teller.choose(evenly: subjects.map { "\($0.text) was in the " })]
      try teller.say(StoryWords.places[seen.place] + ".")
      return
    }
    let person = people[chosen - 1]
    let others = StoryWords.places.indices.filter { $0 != subjects[person].place }
    subjects[person].place =
      others[try teller.choose(evenly: others.map { StoryWords.places[$0] + "." })]
  }

  /// Two questions, about two of them.
  private func ask<T: Teller>(about subjects: [Subject], _ teller: inout T) throws(T.Failure) {
    var left = subjects
    for _ in 0..<2 {
      let chosen = try teller.choose(evenly: left.map { "\nWhere was \($0.text)? " })
      let asked = left.remove(at: chosen)
      try teller.say("\(asked.pronoun) was in the \(StoryWords.places[asked.place]).")
    }
  }
}
