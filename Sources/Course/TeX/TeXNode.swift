/// A formula, read: what the two renderers draw.
public indirect enum TeXNode: Hashable, Sendable {
  /// Nodes side by side.
  case row([TeXNode])
  /// A variable, or a name set upright.
  case identifier(String, TeXStyle)
  /// A number as written.
  case number(String, TeXStyle)
  /// An operator, relation, bracket or other sign.
  case symbol(String, TeXClass)
  /// A named function such as `log`; one with limits takes its subscript below it in a display.
  case function(String, hasLimits: Bool)
  /// A large operator such as Σ; an integral has no limits.
  case large(String, hasLimits: Bool)
  /// Words.
  case text(String)
  /// A space, in thousandths of an em; may be negative.
  case space(Int)
  /// One above the other; a binomial has no line and brackets around it.
  case fraction(TeXNode, TeXNode, TeXFraction)
  /// A root, square unless a degree is given.
  case root(TeXNode, degree: TeXNode?)
  /// A base with what stands below and above its right.
  case scripts(TeXNode, lower: TeXNode?, upper: TeXNode?)
  /// A base with what stands centred below and above it.
  case stacked(TeXNode, below: TeXNode?, above: TeXNode?)
  /// A base with a mark over or under it.
  case accent(TeXNode, TeXAccent)
  /// Something between brackets that grow with it; an empty bracket is none.
  case fenced(open: String, TeXNode, close: String)
  /// Rows of cells.
  case table(TeXTable, rows: [[TeXNode]])
}

/// How letters are set.
public enum TeXStyle: String, Hashable, Sendable {
  /// Italic letters, upright digits.
  case normal
  /// `\mathrm`, `\operatorname`.
  case upright
  /// `\mathbf`.
  case bold
  /// `\boldsymbol`.
  case boldItalic
  /// `\mathbb`.
  case doubleStruck
  /// `\mathcal`.
  case script
  /// `\mathsf`.
  case sans
  /// `\mathtt`.
  case monospace
}

/// What part a sign plays, which decides the space around it.
public enum TeXClass: Hashable, Sendable {
  /// A sign like a variable: ∞, ∂, |.
  case ordinary
  /// Between two operands: +, ×.
  case binary
  /// Between two sides: =, ≤, ∈, →.
  case relation
  /// After something: comma, semicolon.
  case punctuation
  /// A bracket that opens.
  case opening
  /// A bracket that closes.
  case closing
}

/// The kinds of fraction.
public enum TeXFraction: Hashable, Sendable {
  /// `\frac`.
  case plain
  /// `\tfrac`: small everywhere.
  case text
  /// `\dfrac`: large everywhere.
  case display
  /// `\binom`.
  case binomial
}

/// The marks over or under a base.
public enum TeXAccent: String, Hashable, Sendable {
  /// `\hat`, `\widehat`.
  case hat, wideHat
  /// `\bar`, `\overline`.
  case bar, overline
  /// `\tilde`, `\widetilde`.
  case tilde, wideTilde
  /// `\dot`, `\ddot`.
  case dot, twoDots
  /// `\vec`.
  case arrow
  /// `\check`.
  case check
  /// `\underline`.
  case underline
  /// `\overbrace`, `\underbrace`.
  case overbrace, underbrace
}

/// The kinds of table.
public enum TeXTable: String, Hashable, Sendable {
  /// No brackets.
  case matrix
  /// Square brackets.
  case bmatrix
  /// Round brackets.
  case pmatrix
  /// Bars: a determinant.
  case vmatrix
  /// A brace on the left.
  case cases
  /// Equations, each column pair set right and left.
  case aligned
  /// Lines, each centred.
  case gathered
}
