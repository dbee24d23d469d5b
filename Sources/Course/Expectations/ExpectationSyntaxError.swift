/// Why the text after `=>` is not an expectation, and what would be.
public struct ExpectationSyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was found.
  public let found: String
  /// What to write instead.
  public let advice: String

  /// Both in one sentence.
  public var description: String { "\(found); \(advice)" }

  /// Every form there is, for whoever wrote none of them.
  static let forms =
    "write a number (0.0273, 1e-4, 102), a number with a tolerance (0.0273 ± 0.0005, ± 2%), "
    + "a bound (< 1e-4, >= 0.9, in 0.1...0.2), a list [1, 2, …], a tuple (1, 0.5), a \"string\", "
    + "true, false, nil, a .member, holds, fails, holds when a, b, throws: text, traps: text, "
    + "error: text, or ?"
}
