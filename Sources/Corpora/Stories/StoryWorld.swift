/// What is true in a story at one moment: all that a reader has to keep in mind.
struct StoryWorld {
  /// Somebody, where they are, and what has happened to them.
  struct Person {
    let name: String
    let pronoun: String
    var place: Int
    var need: Int?
    var hoard: Hoard?

    /// The pronoun in the middle of a sentence.
    var she: String { pronoun == "She" ? "she" : "he" }
    /// The pronoun as an object.
    var her: String { pronoun == "She" ? "her" : "him" }
  }

  /// Things of one kind that somebody collects.
  struct Hoard {
    let kind: Int
    var count: Int
  }

  /// Where a thing is: on its own, or in somebody's hands.
  enum Holder: Equatable {
    case place(Int)
    case person(Int)
  }

  /// A thing, told from the others by colour and noun together.
  struct Thing {
    let name: String
    var holder: Holder
  }

  var weather = 0
  var people: [Person] = []
  var things: [Thing] = []

  /// Whom the last event was about.
  var subject: Int?
  /// What the narrator may remark on, because it has just happened.
  var justMoved = false
  var justMovedOut = false
  var justCounted = false
  /// Whether the narrator may look elsewhere: once after each event.
  var mayDigress = false

  /// Where a thing is, in somebody's hands or not.
  func place(of thing: Int) -> Int {
    switch things[thing].holder {
    case .place(let place): place
    case .person(let person): people[person].place
    }
  }

  /// The things in somebody's hands.
  func held(by person: Int) -> [Int] {
    things.indices.filter { things[$0].holder == .person(person) }
  }

  /// The things that lie at a place, in nobody's hands.
  func lying(at place: Int) -> [Int] {
    things.indices.filter { things[$0].holder == .place(place) }
  }

  /// Who else is where somebody is.
  func company(of person: Int) -> [Int] {
    people.indices.filter { $0 != person && people[$0].place == people[person].place }
  }

  /// A number and what is counted: "one egg", "three eggs".
  func amount(_ count: Int, of kind: Int) -> String {
    let noun = StoryWords.hoards[kind]
    return "\(StoryWords.numbers[count]) \(count == 1 ? noun.one : noun.many)"
  }
}
