/// A floating-point format of up to 32 bits, described by the widths of its fields.
///
/// A pattern is, from the top: a sign bit (if the format has one), the exponent and the mantissa. A
/// pattern with exponent field e > 0 stands for ± 1.m × 2^(e − bias); e = 0 is the subnormal row,
/// ± 0.m × 2^(1 − bias), which holds zero. The formats here differ in the widths, the bias, and in
/// what the topmost patterns mean.
///
/// ``encode(_:saturating:)`` and ``decode(_:)`` follow from this description alone, by integer
/// arithmetic; they are the definition that faster conversions are judged by.
@frozen
public struct FloatFormat: Hashable, Sendable {
  /// What the patterns with the largest exponent field mean.
  @frozen
  public enum Specials: Hashable, Sendable {
    /// As in IEEE 754: mantissa zero is infinity, any other mantissa is NaN.
    case infinityAndNaN
    /// Only the pattern of all ones is NaN, the rest are numbers, and there is no infinity.
    case topPatternIsNaN
    /// Every pattern is a number.
    case none
  }

  /// The width of the exponent field, 1 to 8.
  public let exponentBits: Int
  /// The width of the mantissa field, 0 to 23.
  public let mantissaBits: Int
  /// What is subtracted from the exponent field.
  public let bias: Int
  /// Whether there is a sign bit; without one negative numbers encode as the smallest pattern.
  public let isSigned: Bool
  /// Whether the lowest exponent is the subnormal row with zero in it, rather than one more binade.
  public let hasZero: Bool
  /// What the topmost patterns mean.
  public let specials: Specials

  /// A format from its fields.
  ///
  /// - Parameters:
  ///   - exponentBits: The width of the exponent field, 1 to 8.
  ///   - mantissaBits: The width of the mantissa field, 0 to 23.
  ///   - bias: What is subtracted from the exponent field; every value must be a Float.
  ///   - specials: What the topmost patterns mean.
  ///   - isSigned: Whether there is a sign bit.
  ///   - hasZero: Whether the lowest exponent is the subnormal row with zero in it; a format
  ///     without one has no mantissa either.
  @inlinable
  public init(
    exponentBits: Int, mantissaBits: Int, bias: Int, specials: Specials, isSigned: Bool = true,
    hasZero: Bool = true
  ) {
    precondition(exponentBits >= 1 && exponentBits <= 8, "an exponent has 1 to 8 bits")
    precondition(mantissaBits >= 0 && mantissaBits <= 23, "a mantissa has 0 to 23 bits")
    precondition(hasZero || mantissaBits == 0, "a format without zero has no mantissa")
    precondition(
      specials != .infinityAndNaN || mantissaBits > 0, "infinity and NaN differ in the mantissa")
    let isTopSpecial =
      specials == .infinityAndNaN || (specials == .topPatternIsNaN && mantissaBits == 0)
    precondition(
      (1 << exponentBits) - 1 - bias - (isTopSpecial ? 1 : 0) <= 127
        && (hasZero ? 1 - bias - mantissaBits : -bias) >= -149,
      "every number of the format is a Float")
    self.exponentBits = exponentBits
    self.mantissaBits = mantissaBits
    self.bias = bias
    self.isSigned = isSigned
    self.hasZero = hasZero
    self.specials = specials
  }

  /// The width of a pattern.
  @inlinable
  public var bits: Int { (isSigned ? 1 : 0) + exponentBits + mantissaBits }

  /// The pattern with every exponent and mantissa bit set, and no sign.
  @inlinable
  var magnitudeMask: UInt32 { (1 << UInt32(exponentBits + mantissaBits)) - 1 }

  /// The pattern with every exponent bit set, and nothing else.
  @inlinable
  var exponentMask: UInt32 { ((1 << UInt32(exponentBits)) - 1) << UInt32(mantissaBits) }

  /// The pattern of the largest finite number.
  @inlinable
  var largestPattern: UInt32 {
    switch specials {
    case .infinityAndNaN: exponentMask - 1
    case .topPatternIsNaN: magnitudeMask - 1
    case .none: magnitudeMask
    }
  }

  /// The largest finite number: 448 for E4M3, 57 344 for E5M2, 6 for E2M1.
  @inlinable
  public var largest: Float { decode(largestPattern) }

  /// The smallest number with a full mantissa.
  @inlinable
  public var smallestNormal: Float { decode(hasZero ? 1 << UInt32(mantissaBits) : 0) }

  /// The smallest number above zero; subnormal where the format has subnormals.
  @inlinable
  public var smallestPositive: Float { decode(hasZero ? 1 : 0) }
}
