extension FloatFormat {
  /// FP8 for weights and activations: bias 7, largest 448, NaN at S.1111.111, no infinity.
  ///
  /// Source: OCP 8-bit Floating Point Specification 1.0; arXiv:2209.05433. PyTorch's
  /// `float8_e4m3fn`.
  @inlinable
  public static var e4m3: FloatFormat {
    FloatFormat(exponentBits: 4, mantissaBits: 3, bias: 7, specials: .topPatternIsNaN)
  }

  /// FP8 with the reach of half precision: bias 15, largest 57 344, infinity and NaN as IEEE 754.
  @inlinable
  public static var e5m2: FloatFormat {
    FloatFormat(exponentBits: 5, mantissaBits: 2, bias: 15, specials: .infinityAndNaN)
  }

  /// FP4: ±{0, 0.5, 1, 1.5, 2, 3, 4, 6}, every pattern a number.
  ///
  /// Source: OCP Microscaling Formats Specification 1.0. Not bitsandbytes' FP4, which is a codebook:
  /// ``Codebook/float4BitsAndBytes``.
  @inlinable
  public static var e2m1: FloatFormat {
    FloatFormat(exponentBits: 2, mantissaBits: 1, bias: 1, specials: .none)
  }

  /// FP6 with the longer mantissa: largest 7.5, every pattern a number.
  @inlinable
  public static var e2m3: FloatFormat {
    FloatFormat(exponentBits: 2, mantissaBits: 3, bias: 1, specials: .none)
  }

  /// FP6 with the longer exponent: largest 28, every pattern a number.
  @inlinable
  public static var e3m2: FloatFormat {
    FloatFormat(exponentBits: 3, mantissaBits: 2, bias: 3, specials: .none)
  }

  /// Half precision, IEEE 754 binary16: largest 65 504.
  @inlinable
  public static var float16: FloatFormat {
    FloatFormat(exponentBits: 5, mantissaBits: 10, bias: 15, specials: .infinityAndNaN)
  }

  /// The upper half of a Float: its reach with 8 significant bits.
  @inlinable
  public static var bfloat16: FloatFormat {
    FloatFormat(exponentBits: 8, mantissaBits: 7, bias: 127, specials: .infinityAndNaN)
  }

  /// The powers of two from 2⁻¹²⁷ to 2¹²⁷ without sign or zero: the scale of an MX block.
  @inlinable
  public static var e8m0: FloatFormat {
    FloatFormat(
      exponentBits: 8, mantissaBits: 0, bias: 127, specials: .topPatternIsNaN, isSigned: false,
      hasZero: false)
  }

  /// E4M3 without its sign bit: the scale of ggml's NVFP4 block; negative numbers become 0.
  @inlinable
  public static var ue4m3: FloatFormat {
    FloatFormat(
      exponentBits: 4, mantissaBits: 3, bias: 7, specials: .topPatternIsNaN, isSigned: false)
  }
}

extension FloatFormat {
  /// Every finite number of the format, ascending; −0 and 0 are listed once.
  ///
  /// 253 numbers for E4M3, 247 for E5M2, 15 for E2M1. Meant for formats of up to 16 bits: the list is
  /// as long as the format has patterns.
  public var values: [Float] {
    let magnitudes = (0...largestPattern).map { decode($0) }
    guard isSigned else { return magnitudes }
    return magnitudes.reversed().dropLast().map { -$0 } + magnitudes
  }
}

extension FloatFormat: CustomStringConvertible {
  /// The shape and the reach, such as `E4M3 (8 bits, largest 448.0)`.
  public var description: String {
    "\(isSigned ? "" : "U")E\(exponentBits)M\(mantissaBits) (\(bits) bits, largest "
      + "\(text(Double(largest))))"
  }
}
