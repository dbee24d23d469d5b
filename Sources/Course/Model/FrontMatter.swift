/// What a chapter says of itself before it begins.
public struct FrontMatter: Hashable, Sendable {
  /// The chapter's name.
  public var title: String
  /// The part of the book it stands in.
  public var part: String
  /// The question a practitioner would ask.
  public var question: String
  /// Reading time in minutes; 0 when not said.
  public var minutes: Int
  /// Ids of chapters to read first.
  public var needs: [String]
  /// Ids in the bibliography.
  public var sources: [String]
  /// Decimals that prose may state bare, as written.
  public var numbers: [String]

  /// Front matter with the given fields.
  public init(
    title: String = "", part: String = "", question: String = "", minutes: Int = 0,
    needs: [String] = [], sources: [String] = [], numbers: [String] = []
  ) {
    self.title = title
    self.part = part
    self.question = question
    self.minutes = minutes
    self.needs = needs
    self.sources = sources
    self.numbers = numbers
  }
}
