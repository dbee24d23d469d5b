// The two 16-bit formats that checkpoints are stored in, fast enough to convert a whole model. They
// agree with FloatFormat.float16 and .bfloat16 (not saturating) bit for bit. Swift's own Float16 does
// not exist on every platform, and the conversion must not depend on the machine.

extension Float {
  /// The number a half-precision pattern stands for, exactly.
  ///
  /// The exponent is rebiased in place: 112 is 127 − 15. A subnormal half has its bits placed under
  /// an implicit one, which an exact subtraction then takes away.
  @inlinable
  public init(float16Bits: UInt16) {
    let sign = UInt32(float16Bits & 0x8000) << 16
    let shifted = UInt32(float16Bits & 0x7FFF) << 13
    let exponent = shifted & 0x0F80_0000
    let magnitude: UInt32
    if exponent == 0x0F80_0000 {
      magnitude = shifted + (224 << 23)  // infinity and NaN keep their mantissa
    } else if exponent == 0 {
      let withLeadingOne = Float(bitPattern: shifted + (113 << 23))
      magnitude = (withLeadingOne - Float(bitPattern: 113 << 23)).bitPattern
    } else {
      magnitude = shifted + (112 << 23)
    }
    self.init(bitPattern: sign | magnitude)
  }

  /// The half-precision pattern nearest to the number, ties to even; infinity from 65 520 on.
  ///
  /// Normal halves are rounded by an integer addition that carries into the exponent. For subnormal
  /// ones adding 0.5 lines the number up with a half's last bit, and the addition itself rounds.
  @inlinable
  public var float16Bits: UInt16 {
    let sign = UInt16(truncatingIfNeeded: bitPattern >> 16) & 0x8000
    let magnitude = bitPattern & 0x7FFF_FFFF
    let rounded: UInt32
    if magnitude >= 143 << 23 {  // 2¹⁶ and above, infinity, NaN
      let payload = (magnitude >> 13) & 0x03FF | 0x0200
      rounded = magnitude > 0x7F80_0000 ? 0x7C00 | payload : 0x7C00
    } else if magnitude < 113 << 23 {  // below 2⁻¹⁴
      rounded = (Float(bitPattern: magnitude) + 0.5).bitPattern - (126 << 23)
    } else {
      let isOdd = (magnitude >> 13) & 1
      rounded = (magnitude - (112 << 23) + 0x0FFF + isOdd) >> 13
    }
    return sign | UInt16(truncatingIfNeeded: rounded)
  }

  /// The number a bfloat16 pattern stands for: the pattern is the upper half of the Float's.
  @inlinable
  public init(bfloat16Bits: UInt16) {
    self.init(bitPattern: UInt32(bfloat16Bits) << 16)
  }

  /// The bfloat16 pattern nearest to the number, ties to even; NaN stays NaN and turns quiet.
  @inlinable
  public var bfloat16Bits: UInt16 {
    let isOdd = (bitPattern >> 16) & 1
    let rounded = isNaN ? bitPattern | 0x0040_0000 : bitPattern &+ 0x7FFF &+ isOdd
    return UInt16(truncatingIfNeeded: rounded >> 16)
  }
}
