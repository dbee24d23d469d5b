public import Grids

/// The range an observer chose and the grid that follows from it.
public struct ObservedRange: Hashable, Sendable {
  /// The lower end of the chosen range, at most zero because zero is included.
  public let minimum: Double
  /// The upper end of the chosen range, at least zero.
  public let maximum: Double
  /// The distance between neighbouring codes, positive and finite.
  public let scale: Float
  /// The code of real zero.
  public let zeroPoint: Int
  /// The integers a code may be.
  public let integers: IntegerGrid

  /// A range with the grid that was computed from it.
  init(_ extent: Extent, scale: Float, zeroPoint: Int, integers: IntegerGrid) {
    minimum = extent.lowest
    maximum = extent.highest
    self.scale = scale
    self.zeroPoint = zeroPoint
    self.integers = integers
  }

  /// A range laid on our own grid: parameters in Double, scale 1 and zero point 0 for no range.
  ///
  /// A symmetric grid covers ±`limit`; without one, as far as the range reaches.
  init(_ extent: Extent, on integers: IntegerGrid, symmetric: Bool, limit: Double? = nil) {
    guard extent.limit > 0 else {
      self.init(extent, scale: 1, zeroPoint: 0, integers: integers)
      return
    }
    let grid =
      symmetric
      ? AffineGrid(symmetric: limit ?? extent.limit, as: integers)
      : AffineGrid(covering: extent.lowest...extent.highest, as: integers)
    self.init(extent, scale: grid.scale, zeroPoint: grid.zeroPoint, integers: integers)
  }

  /// The grid itself, to encode and decode with.
  public var grid: AffineGrid {
    AffineGrid(scale: scale, zeroPoint: zeroPoint, as: integers)
  }

  /// The mean of (x − x̂)² over values that went through the grid and back.
  ///
  /// Codes come from a division in Float, rounded half to even; decoded values are Floats;
  /// differences, squares and their sum are in Double.
  ///
  /// - Parameter values: The numbers, all finite.
  /// - Returns: The mean; zero for no values.
  public func meanSquaredError(of values: UnsafeBufferPointer<Float>) -> Double {
    guard values.count > 0 else { return 0 }
    let lowest = Float(integers.lowest - zeroPoint)
    let highest = Float(integers.highest - zeroPoint)
    let shift: Float = 12_582_912  // 1.5 · 2²³: adding and taking it away rounds half to even
    var sum = 0.0
    for value in values {
      let steps = min(max(value / scale, lowest), highest)
      let rounded = (steps + shift) - shift
      let decoded = rounded * scale
      // Only beside the largest Float can the last code's value overflow.
      let difference =
        decoded.isFinite
        ? Double(value) - Double(decoded) : Double(value) - Double(rounded) * Double(scale)
      sum += difference * difference
    }
    return sum / Double(values.count)
  }
}
