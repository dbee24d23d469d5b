public import Grids

/// A real factor as an integer and a shift, for machines that rescale without floating point.
///
/// factor ≈ mantissa × 2^(−31 − shift) with the mantissa in [2³⁰, 2³¹): 31 significant bits, so the
/// factor is off by at most 2⁻³¹ of itself. Source: Jacob et al. 2018, arXiv:1712.05877, section 2.2.
public struct FixedPointMultiplier: Hashable, Sendable {
  /// M₀ × 2³¹, from 2³⁰ to 2³¹ − 1; 0 for a factor of zero.
  public let mantissa: Int32
  /// n in factor = 2⁻ⁿ M₀; negative for factors of 1 and more.
  public let shift: Int

  /// The nearest fixed-point form of a factor.
  ///
  /// - Parameter factor: From 0 up to 2³⁰.
  /// - Throws: `QuantizationError.parameter` for a factor that is negative, not finite or too large.
  public init(_ factor: Double) throws(QuantizationError) {
    guard factor >= 0, factor <= 1_073_741_824 else {
      throw .parameter(name: "multiplier", value: factor, expected: "0 to 2^30")
    }
    // Below 2^-64 every product with 32 bits rounds to zero, and so may the factor.
    guard factor > 0x1p-64 else {
      (mantissa, shift) = (0, 0)
      return
    }
    var exponent = Int(factor.exponent) + 1
    var scaled = (factor.significand * 0x1p30).rounded(.toNearestOrEven)
    if scaled == 0x1p31 { (scaled, exponent) = (0x1p30, exponent + 1) }
    mantissa = Int32(scaled)
    shift = -exponent
  }

  /// What the integers stand for.
  public var factor: Double {
    Double(sign: .plus, exponent: -31 - shift, significand: Double(mantissa))
  }

  /// The integer nearest to value × factor, ties to even, clamped to 32 bits; exact integer arithmetic.
  public func apply(_ value: Int32) -> Int32 {
    let product = Int64(value) * Int64(mantissa)
    let places = 31 + shift
    guard places > 0 else { return Int32(clamping: product) }  // a factor of 2³⁰, the largest
    guard places < 63 else { return 0 }
    let quotient = product >> Int64(places)
    let remainder = product & (1 << Int64(places) - 1)
    let half: Int64 = 1 << Int64(places - 1)
    let roundsUp = remainder > half || (remainder == half && quotient & 1 == 1)
    return Int32(clamping: quotient + (roundsUp ? 1 : 0))
  }
}

extension IntegerProduct {
  /// The product as codes of an output grid, rescaled in fixed point: what an integer-only layer
  /// hands to the next.
  ///
  /// code = clamp(sum × M + zero point) with M = s_x s_w / s_y as a ``FixedPointMultiplier``.
  ///
  /// - Parameter grid: The grid of the output.
  /// - Returns: Codes of the shape of this product.
  /// - Throws: `QuantizationError.parameter` when a scale of the output is too small to rescale to.
  public func requantized(to grid: AffineGrid) throws(QuantizationError) -> Codes {
    var codes: [Int] = []
    codes.reserveCapacity(sums.count)
    // One factor an output where the activations share a scale, else one a token and output.
    let sharesRowScale = rowScales.allSatisfy { $0 == rowScales.first }
    var factors: [FixedPointMultiplier] = []
    for row in 0..<rows {
      if row == 0 || !sharesRowScale {
        factors = []
        for column in 0..<columns {
          factors.append(
            try FixedPointMultiplier(step(row: row, column: column) / Double(grid.scale)))
        }
      }
      for column in 0..<columns {
        let rescaled = Int(factors[column].apply(self[row, column])) + grid.zeroPoint
        codes.append(min(max(rescaled, grid.integers.lowest), grid.integers.highest))
      }
    }
    return Codes(codes, isSigned: grid.integers.isSigned)
  }
}
