/// How another source cites an entry of the bibliography wrongly, and what is true.
///
/// What can be checked stands in ``cited``, and ``differences(from:in:)`` computes what is wrong with it
/// from the entry's own fields. Words are only for the rest.
public struct Miscitation: Hashable, Sendable {
  /// The id of the source that cites so, such as `concept-page`.
  public let by: String
  /// How it is cited, or what the paper is said to say, in our words.
  public let claim: [Inline]
  /// What is true.
  public let correct: [Inline]
  /// What stands at the arXiv number that was cited; empty where nobody has said.
  public let actually: [Inline]
  /// The fields of the citation that can be compared with the entry.
  public let cited: Cited
  /// Its line in the file.
  public let line: Int

  /// A wrong citation from its parts.
  public init(
    by: String, claim: [Inline], correct: [Inline], actually: [Inline] = [],
    cited: Cited = Cited(), line: Int = 0
  ) {
    self.by = by
    self.claim = claim
    self.correct = correct
    self.actually = actually
    self.cited = cited
    self.line = line
  }

  /// The fields of a citation, as it gives them; what it leaves out is empty.
  public struct Cited: Hashable, Sendable {
    /// The authors named, the first one first.
    public var authors: [String]
    /// The year.
    public var year: Int?
    /// The arXiv number.
    public var arXiv: String?
    /// The id of an entry that is said to have come first.
    public var after: String?

    /// A citation's fields.
    public init(
      authors: [String] = [], year: Int? = nil, arXiv: String? = nil, after: String? = nil
    ) {
      self.authors = authors
      self.year = year
      self.arXiv = arXiv
      self.after = after
    }

    /// Whether nothing can be compared.
    public var isEmpty: Bool {
      authors.isEmpty && year == nil && arXiv == nil && after == nil
    }
  }

  /// Something in which a citation differs from the entry.
  public enum Difference: Hashable, Sendable, CustomStringConvertible {
    /// The first author is somebody else.
    case firstAuthor(cited: String, correct: String)
    /// The year is wrong.
    case year(cited: Int, correct: Int)
    /// The arXiv number is another paper's.
    case arXiv(cited: String, correct: String?)
    /// What is said to have come first came later.
    case order(after: String)

    /// A few words for a ledger: `the number is another paper's`.
    public var description: String {
      switch self {
      case .firstAuthor: "the authors are others"
      case .year: "the year is wrong"
      case .arXiv: "the number is another paper’s"
      case .order: "the order is the other way round"
      }
    }
  }
}
