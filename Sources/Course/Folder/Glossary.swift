/// The words of a course, from `glossary.md` beside its chapters.
///
/// A title, then one `## Term` after another with a sentence or two, other names for it, and a link to the
/// chapter that teaches it.
public struct Glossary: Sendable {
  /// The file as messages name it.
  public let path: String
  /// Its title, or nothing.
  public let title: String
  /// What stands before the first term.
  public let introduction: [Block]
  /// The terms in alphabetical order, whatever their order in the file.
  public let entries: [Entry]

  /// A glossary from its parts; the terms are sorted.
  ///
  /// - Parameters:
  ///   - path: The file as messages name it.
  ///   - title: Its title.
  ///   - introduction: What stands before the first term.
  ///   - entries: The terms.
  public init(path: String, title: String, introduction: [Block] = [], entries: [Entry]) {
    self.path = path
    self.title = title
    self.introduction = introduction
    self.entries = entries.sorted { ($0.sortingKey, $0.line) < ($1.sortingKey, $1.line) }
  }

  /// The entry of a term, or of another name for it; capitals do not count.
  public subscript(term: String) -> Entry? {
    let wanted = term.lowercased()
    return entries.first { $0.term.lowercased() == wanted }
      ?? entries.first { $0.synonyms.contains { $0.lowercased() == wanted } }
  }

  /// A word and what it means here.
  public struct Entry: Hashable, Sendable {
    /// The word, without markup.
    public let term: String
    /// The word as written.
    public let name: [Inline]
    /// Its anchor on the page, by GitHub's rule.
    public let anchor: String
    /// Other names for it: what is emphasised or code in a paragraph that begins with `Also`.
    public let synonyms: [String]
    /// What it means, other names and links included.
    public let blocks: [Block]
    /// The chapters it links to.
    public let references: [Reference]
    /// Its line in the file.
    public let line: Int

    /// An entry from its parts.
    public init(
      term: String, name: [Inline], anchor: String, synonyms: [String] = [], blocks: [Block],
      references: [Reference] = [], line: Int
    ) {
      self.term = term
      self.name = name
      self.anchor = anchor
      self.synonyms = synonyms
      self.blocks = blocks
      self.references = references
      self.line = line
    }

    /// Letters and digits alone, in lower case: `Δ` and hyphens do not decide the order.
    var sortingKey: String {
      String(term.lowercased().filter { $0.isLetter || $0.isNumber || $0 == " " })
    }
  }

  /// A link to a chapter, `01-the-integer-grid.md#one-is-not-on-the-grid`.
  public struct Reference: Hashable, Sendable {
    /// The link as written.
    public let destination: String
    /// The chapter's id: the path without `.md`.
    public let chapter: String
    /// The heading's anchor, if the link has one.
    public let anchor: String?
    /// The line it stands on.
    public let line: Int

    /// A link to a chapter.
    public init(destination: String, chapter: String, anchor: String?, line: Int) {
      self.destination = destination
      self.chapter = chapter
      self.anchor = anchor
      self.line = line
    }
  }
}
