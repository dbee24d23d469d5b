/// A block of a chapter and the Markdown line it starts on.
public struct Block: Hashable, Sendable {
  /// What kind of block, with its content.
  public let kind: Kind
  /// Its first line in the Markdown, counted from 1.
  public let line: Int

  /// A block that starts on a line.
  public init(_ kind: Kind, line: Int) {
    self.kind = kind
    self.line = line
  }

  /// The kinds of block: CommonMark's, and those the course adds.
  public indirect enum Kind: Hashable, Sendable {
    /// A heading with its page anchor.
    case heading(level: Int, anchor: String, [Inline])
    /// A paragraph.
    case paragraph([Inline])
    /// A quotation.
    case quote([Block])
    /// A list; `start` is nil for bullets. Each item is blocks.
    case list(start: Int?, isTight: Bool, items: [[Block]])
    /// A fence or indented code that is not a step: its info string and text.
    case code(info: String, text: String)
    /// Raw HTML, which pages show only where it is harmless (comments are dropped).
    case html(String)
    /// A rule.
    case rule
    /// A display formula: the TeX between the fences.
    case math(String)
    /// A pipe table: alignment a column, header cells, rows of cells.
    case table(alignments: [ColumnAlignment], header: [[Inline]], rows: [[[Inline]]])
    /// A folded part: its summary line and what it hides.
    case details(summary: [Inline], [Block])
    /// A step, by its index in `Chapter.steps`.
    case step(Int)
    /// The whole standard output expected of the step before it.
    case output(String)
    /// A prediction asked before the next step: the value's name.
    case predict(String)
    /// A claim from the literature, with the blocks that state and test it.
    case claim(id: String, source: String, [Block])
    /// Blocks for some personas only.
    case audience([String], [Block])
  }

  /// Where a table column's text stands.
  public enum ColumnAlignment: String, Hashable, Sendable {
    /// As the reader's language does.
    case natural
    /// Left.
    case left
    /// Centred.
    case center
    /// Right: numbers.
    case right
  }
}

/// A run of text inside a block.
public indirect enum Inline: Hashable, Sendable {
  /// Plain text.
  case text(String)
  /// A line end that is a space when set.
  case softBreak
  /// A line end that stays one.
  case lineBreak
  /// A code span.
  case code(String)
  /// Emphasis.
  case emphasis([Inline])
  /// Strong emphasis.
  case strong([Inline])
  /// An ordinary link.
  case link(destination: String, title: String, [Inline])
  /// An image.
  case image(source: String, title: String, [Inline])
  /// Raw inline HTML.
  case html(String)
  /// An inline formula: its TeX.
  case math(String)
  /// A number that a step proves.
  case proven(ProvenNumber)
  /// A citation by bibliography id.
  case citation(String)
}

/// A number in prose that must equal a step's value at the digits written.
public struct ProvenNumber: Hashable, Sendable {
  /// As written: `6.10e-05`, `−71`, `39%`, `1,024`.
  public let text: String
  /// The name of the value: an expectation's expression, or a label's slug.
  public let target: String
  /// `<`, `>`, `<=` or `>=` when an inequality is stated, else nil for equality.
  public let relation: String?
  /// The Markdown line it stands on.
  public let line: Int

  /// A number that must equal, or compare with, a value.
  public init(text: String, target: String, relation: String?, line: Int) {
    self.text = text
    self.target = target
    self.relation = relation
    self.line = line
  }
}
