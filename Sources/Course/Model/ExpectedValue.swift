/// What a `// =>` comment says a value must be.
public indirect enum ExpectedValue: Hashable, Sendable {
  /// A number, by the digits written or by a tolerance.
  case number(WrittenNumber, tolerance: Tolerance?)
  /// An inequality or an interval, ends as written.
  case less(WrittenNumber, orEqual: Bool)
  /// Greater than a bound.
  case greater(WrittenNumber, orEqual: Bool)
  /// Within a closed interval.
  case within(WrittenNumber, WrittenNumber)
  /// A string, exactly.
  case string(String)
  /// A Boolean.
  case boolean(Bool)
  /// A nil.
  case absent
  /// An enum case or static member: the text after the dot.
  case member(String)
  /// A list, element by element; nil stands for `…`, any number of elements.
  case list([ExpectedValue?])
  /// A tuple, element by element; nil stands for `…`.
  case tuple([ExpectedValue?])
  /// A verdict: holds, fails, or holds under the named conditions only.
  case verdict(VerdictExpectation)
  /// A compile error that contains the text.
  case compileError(String)
  /// A trap whose text contains the text; may be empty.
  case trap(String)
  /// A thrown error whose description contains the text.
  case thrown(String)
  /// `?`: to be filled in.
  case unfilled

  /// What a verdict must be.
  public enum VerdictExpectation: Hashable, Sendable {
    /// Every condition held.
    case holds
    /// No condition held.
    case fails
    /// Exactly these conditions held.
    case holdsWhen([String])
  }

  /// How far a value may stand from the number written.
  public enum Tolerance: Hashable, Sendable {
    /// `± 0.0005`.
    case absolute(Double)
    /// `± 2%`: the fraction, 0.02.
    case relative(Double)
  }
}

/// A number as somebody wrote it: its value, and how many digits were promised.
public struct WrittenNumber: Hashable, Sendable {
  /// The value of the digits written; a percent sign does not change it.
  public let value: Double
  /// How precisely it was written.
  public let precision: Precision
  /// Written with a minus: `-0` differs from `0`.
  public let isNegative: Bool
  /// A `%` stands behind it.
  public let isPercent: Bool
  /// Exactly the digits written, beyond what a `Double` can hold; 0 where `value` is not finite.
  public let decimal: ExactDecimal

  /// How precisely a number was written.
  public enum Precision: Hashable, Sendable {
    /// An integer literal: exactly equal, with the digits as an integer where 64 bits hold it.
    case exact
    /// That many digits after the point.
    case decimals(Int)
    /// That many significant digits, with an exponent.
    case significant(Int)
  }

  /// A written number; without `decimal`, its digits are the value's own at the precision given.
  public init(
    value: Double, precision: Precision, isNegative: Bool, isPercent: Bool = false,
    decimal: ExactDecimal? = nil
  ) {
    self.value = value
    self.precision = precision
    self.isNegative = isNegative
    self.isPercent = isPercent
    self.decimal = decimal ?? ExactDecimal(value)?.rounded(to: precision) ?? .zero
  }
}
