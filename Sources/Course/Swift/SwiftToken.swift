/// A piece of Swift source and where it stands.
public struct SwiftToken: Hashable, Sendable {
  /// What kind of piece it is.
  public enum Kind: Hashable, Sendable {
    /// Spaces and tabs.
    case whitespace
    /// One line end.
    case newline
    /// `// …`, without its line end.
    case lineComment
    /// `/* … */`, nested ones included.
    case blockComment
    /// A name, in backticks or not.
    case identifier
    /// A reserved word that is not a member name.
    case keyword
    /// An integer literal.
    case integer
    /// A floating literal.
    case floating
    /// A whole string literal: raw, multi-line, interpolations included.
    case string
    /// A regular expression literal.
    case regex
    /// `@` and the name after it.
    case attribute
    /// `#` and the name after it: `#if`, `#file`.
    case directive
    /// A run of operator characters.
    case `operator`
    /// One of `( ) [ ] { } , : ; .`.
    case punctuation
    /// A byte that Swift has no use for here.
    case unknown
  }

  /// What kind of piece it is.
  public let kind: Kind
  /// Where it stands, in UTF-8 offsets.
  public let range: Range<Int>
  /// In a string: the code inside each `\( )`, parentheses excluded.
  public let interpolations: [Range<Int>]

  /// A token of a kind over a range.
  public init(_ kind: Kind, _ range: Range<Int>, interpolations: [Range<Int>] = []) {
    self.kind = kind
    self.range = range
    self.interpolations = interpolations
  }

  /// Whether it says nothing to the compiler, except perhaps where a statement ends.
  var isTrivia: Bool {
    switch kind {
    case .whitespace, .newline, .lineComment, .blockComment: true
    default: false
    }
  }
}
