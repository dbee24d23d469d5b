extension FloatFormat {
  /// The pattern of the nearest number of the format, ties to the even mantissa.
  ///
  /// A number that rounds past ``largest`` becomes the largest when saturating, as do the
  /// infinities. Otherwise it becomes infinity where the format has one, else NaN, else still the
  /// largest. NaN becomes a quiet NaN with its sign, or +0 in a format without NaN. Without a sign
  /// bit, numbers below zero become the lowest pattern. In a format without a mantissa there is no
  /// even neighbour inside a binade: the middle of two powers of two goes up.
  ///
  /// Source of the rule: OCP 8-bit Floating Point Specification 1.0; Micikevicius et al.
  /// 2022, arXiv:2209.05433.
  ///
  /// - Parameters:
  ///   - value: The number to store.
  ///   - saturating: Whether numbers beyond the largest stay finite.
  /// - Returns: The pattern, in the low ``bits`` bits.
  @inlinable
  public func encode(_ value: Float, saturating: Bool = true) -> UInt32 {
    if value.isNaN { return nanPattern(of: value) }
    let isNegative = value.sign == .minus
    let sign: UInt32 = isNegative && isSigned ? 1 << UInt32(bits - 1) : 0
    if isNegative && !isSigned { return 0 }
    let magnitude = value.isInfinite ? magnitudeMask + 1 : roundedPattern(value.bitPattern)
    if magnitude <= largestPattern { return sign | magnitude }
    if saturating { return sign | largestPattern }
    switch specials {
    case .infinityAndNaN: return sign | exponentMask
    case .topPatternIsNaN: return sign | magnitudeMask
    case .none: return sign | largestPattern
    }
  }

  /// The number a pattern stands for, exactly; bits above the format's width are ignored.
  @inlinable
  public func decode(_ pattern: UInt32) -> Float {
    let magnitude = pattern & magnitudeMask
    let isNegative = isSigned && pattern >> UInt32(bits - 1) & 1 == 1
    let sign: UInt32 = isNegative ? 0x8000_0000 : 0
    if magnitude > largestPattern {
      let mantissa = specials == .infinityAndNaN ? magnitude & ~exponentMask : magnitude
      let payload = mantissa << UInt32(23 - mantissaBits) & 0x007F_FFFF
      let quiet: UInt32 = specials == .infinityAndNaN ? 0 : 0x0040_0000
      return Float(bitPattern: sign | 0x7F80_0000 | payload | quiet)
    }
    var exponent = Int(magnitude >> UInt32(mantissaBits))
    var significand = magnitude & ((1 << UInt32(mantissaBits)) - 1)
    if hasZero && exponent == 0 {
      exponent = 1  // the subnormal row has no leading one
    } else {
      significand |= 1 << UInt32(mantissaBits)
    }
    let unit = Self.powerOfTwo(exponent - bias - mantissaBits)
    let value = Float(significand) * unit  // an integer times a power of two: exact
    return isNegative ? -value : value
  }

  /// The number after a round trip through the format.
  ///
  /// - Parameters:
  ///   - value: The number to store.
  ///   - saturating: Whether numbers beyond the largest stay finite.
  /// - Returns: A number of the format.
  @inlinable
  public func fakeQuantized(_ value: Float, saturating: Bool = true) -> Float {
    decode(encode(value, saturating: saturating))
  }

  /// How far the format moves a number: the decoded value minus the number itself.
  @inlinable
  public func error(of value: Float) -> Float {
    fakeQuantized(value) - value
  }

  /// The magnitude pattern of a finite Float's nearest number, as if the exponent had no end.
  ///
  /// The result may exceed the largest pattern; anything past the mask is cut to one past it.
  @inlinable
  func roundedPattern(_ floatBits: UInt32) -> UInt32 {
    var significand = floatBits & 0x007F_FFFF
    var exponent = Int(floatBits >> 23 & 0xFF) - 127
    if exponent == -127 {
      if significand == 0 { return 0 }
      let shift = significand.leadingZeroBitCount - 8  // bring a subnormal's first one to bit 23
      significand <<= UInt32(shift)
      exponent = -126 - shift
    } else {
      significand |= 0x0080_0000
    }
    let lowestExponent = hasZero ? 1 - bias : -bias
    if !hasZero && exponent < lowestExponent { return 0 }
    let isSubnormal = exponent < lowestExponent
    let shift = 23 - mantissaBits + (isSubnormal ? lowestExponent - exponent : 0)
    if shift > 25 { return 0 }  // below half of the smallest number
    let kept = significand >> UInt32(shift)
    let dropped = significand & ((1 << UInt32(shift)) - 1)
    let half: UInt32 = shift == 0 ? 0 : 1 << UInt32(shift - 1)
    let goesUp = shift > 0 && (dropped > half || (dropped == half && kept & 1 == 1))
    let rounded = kept + (goesUp ? 1 : 0)
    if isSubnormal { return rounded }  // a carry reaches the first normal pattern by itself
    let field = exponent + bias
    if field > 1 << exponentBits { return magnitudeMask + 1 }
    let implicitOne: UInt32 = 1 << UInt32(mantissaBits)
    return min((UInt32(field) << UInt32(mantissaBits)) + (rounded - implicitOne), magnitudeMask + 1)
  }

  /// The pattern that stands for NaN, or zero in a format without NaN.
  @inlinable
  func nanPattern(of value: Float) -> UInt32 {
    let sign: UInt32 = isSigned && value.sign == .minus ? 1 << UInt32(bits - 1) : 0
    switch specials {
    case .infinityAndNaN:
      let payload = (value.bitPattern & 0x007F_FFFF) >> UInt32(23 - mantissaBits)
      return sign | exponentMask | payload | 1 << UInt32(mantissaBits - 1)
    case .topPatternIsNaN:
      return sign | magnitudeMask
    case .none:
      return 0
    }
  }

  /// Two to a power from −149 to 127, made from bits.
  @inlinable
  static func powerOfTwo(_ exponent: Int) -> Float {
    exponent >= -126
      ? Float(bitPattern: UInt32(exponent + 127) << 23)
      : Float(bitPattern: 1 << UInt32(exponent + 149))
  }
}
