/// One top-level statement of a step.
public struct Statement: Hashable, Sendable {
  /// What a statement does, as far as expectations and names care.
  public enum Kind: Hashable, Sendable {
    /// An import.
    case importing
    /// A function, a type, an extension, an operator.
    case declaration
    /// A `let`; the name is nil for patterns, several names, `_` and missing values.
    case binding(name: String?)
    /// A `var`.
    case variable
    /// `=`, `+=` and their like.
    case assignment
    /// Anything with a value.
    case expression
    /// `if`, `for`, `while`, `switch`, `do`, `guard`, `#if` … and directives.
    case control
  }

  /// What it does.
  public let kind: Kind
  /// Where it stands, in UTF-8 offsets, without a trailing comment, semicolon or white space.
  public let range: Range<Int>
  /// The lines it covers, counted from 0 in the code.
  public let lines: ClosedRange<Int>
  /// The names it declares for the lines after it.
  public let names: [DeclaredName]
}

/// A name that a top-level statement declares.
public struct DeclaredName: Hashable, Sendable {
  /// What the name stands for.
  public enum Kind: Hashable, Sendable {
    /// A constant or a variable.
    case value
    /// A function; the signature is its text from the name to the body, spaces evened out.
    case function(signature: String)
    /// A type or an alias.
    case type
  }

  /// The name, without backticks.
  public let name: String
  /// What it stands for.
  public let kind: Kind
  /// The line it stands on, counted from 0 in the code.
  public let line: Int
}
