/// An evenly spaced grid of real numbers with an exact zero: x̂ = scale × (code − zero point).
///
/// The scale says how far apart neighbouring codes stand and the zero point which code is zero.
/// Parameters are computed in Double; the scale is stored as a Float, and encoding divides in Float,
/// as the frameworks do. Source: Jacob et al. 2018, arXiv:1712.05877, equation 1.
///
/// Every way of making a grid keeps zero on it: a range that does not contain zero is widened until
/// it does, since padding, masks and ReLU make zero the one value that must not be off.
@frozen
public struct AffineGrid: Hashable, Sendable {
  /// The distance between neighbouring codes, positive and finite.
  public let scale: Float
  /// The code of real zero, one of ``integers``.
  public let zeroPoint: Int
  /// The codes.
  public let integers: IntegerGrid

  @inlinable
  init(uncheckedScale scale: Float, zeroPoint: Int, integers: IntegerGrid) {
    self.scale = scale
    self.zeroPoint = zeroPoint
    self.integers = integers
  }

  /// The number that a code stands for: one exact integer times the scale, rounded once.
  ///
  /// A code outside ``integers`` decodes by the same formula; this is the map, not the judge.
  @inlinable
  public func decode(_ code: Int) -> Float {
    Float(code - zeroPoint) * scale
  }

  /// The code nearest to a number, in the sense of the rounding rule, clamped to the grid's ends.
  ///
  /// The quotient is taken in Float, rounded, and only then moved by the zero point. Infinities
  /// clamp; NaN, which has no place on a line, becomes the zero point.
  ///
  /// - Parameters:
  ///   - value: The number to place.
  ///   - rounding: Which neighbour a number between two codes gets.
  ///   - index: The element's position, for stochastic rounding.
  /// - Returns: One of ``integers``.
  @inlinable
  public func encode(
    _ value: Float, rounding: Rounding = .halfToEven, at index: Int = 0
  ) -> Int {
    let steps = rounding.round(value / scale, at: index)
    if steps.isNaN { return zeroPoint }
    let lowest = Float(integers.lowest - zeroPoint)
    let highest = Float(integers.highest - zeroPoint)
    return Int(min(max(steps, lowest), highest)) + zeroPoint
  }

  /// The number after a round trip through the grid.
  ///
  /// - Parameters:
  ///   - value: The number to move onto the grid.
  ///   - rounding: Which neighbour a number between two codes gets.
  ///   - index: The element's position, for stochastic rounding.
  /// - Returns: One of ``values``.
  @inlinable
  public func fakeQuantized(
    _ value: Float, rounding: Rounding = .halfToEven, at index: Int = 0
  ) -> Float {
    decode(encode(value, rounding: rounding, at: index))
  }
}
