extension AffineGrid {
  /// The grid whose codes cover a range, with zero exactly on it.
  ///
  /// The range is first widened to contain zero, so 2...6 is covered as 0...6. Then
  /// scale = (highest − lowest) / (count − 1), and the zero point is the code where real zero falls,
  /// rounded half to even and clamped. Rounding it shifts the grid by up to half a step: ``range``
  /// says which ends resulted. A range of zero width has scale 1 and zero point 0, so zero decodes
  /// exactly.
  ///
  /// - Parameters:
  ///   - range: What the data spans; both ends finite as 32-bit numbers (a precondition: use
  ///     ``init(validatingLowest:highest:as:)`` for numbers from outside).
  ///   - integers: The codes.
  public init(covering range: ClosedRange<Double>, as integers: IntegerGrid) {
    precondition(
      Self.isFinite(range.lowerBound) && Self.isFinite(range.upperBound),
      "a grid covers a range whose ends are finite 32-bit numbers")
    let lowest = min(range.lowerBound, 0)
    let highest = max(range.upperBound, 0)
    let step = (highest - lowest) / Double(integers.count - 1)
    guard step > 0 else {
      self.init(uncheckedScale: 1, zeroPoint: 0, integers: integers)
      return
    }
    let position = Double(integers.lowest) - (lowest / step).rounded(.toNearestOrEven)
    let clamped = min(max(position, Double(integers.lowest)), Double(integers.highest))
    self.init(
      uncheckedScale: Self.storedScale(step), zeroPoint: Int(clamped), integers: integers)
  }

  /// The grid that covers a range from outside: a file, a command line, the data itself.
  ///
  /// - Parameters:
  ///   - lowest: The smallest number to cover.
  ///   - highest: The largest number to cover.
  ///   - integers: The codes.
  /// - Throws: `GridError.rangeNotFinite` or `GridError.rangeReversed`.
  public init(
    validatingLowest lowest: Double, highest: Double, as integers: IntegerGrid
  ) throws(GridError) {
    guard Self.isFinite(lowest), Self.isFinite(highest) else {
      throw .rangeNotFinite(lowest: lowest, highest: highest)
    }
    guard lowest <= highest else { throw .rangeReversed(lowest: lowest, highest: highest) }
    self.init(covering: lowest...highest, as: integers)
  }

  /// The grid that covers −limit to limit with zero in the middle.
  ///
  /// scale = 2 × limit / (count − 1): limit / 127 for eight restricted bits, where both ends are
  /// exact, and limit / 127.5 for all 256 codes, where the grid hangs half a step over the negative
  /// end and stops half a step short of the positive one. The zero point is 0 for signed codes and
  /// 2ᵇ⁻¹ for unsigned ones. A limit of zero has scale 1.
  ///
  /// - Parameters:
  ///   - limit: The largest magnitude in the data, finite and not negative (a precondition: use
  ///     ``init(validatingLimit:as:)`` for numbers from outside).
  ///   - integers: The codes.
  public init(symmetric limit: Double, as integers: IntegerGrid) {
    precondition(
      limit >= 0 && Self.isFinite(limit),
      "the limit of a symmetric grid is a finite 32-bit number that is not negative")
    let zeroPoint = integers.isSigned ? 0 : 1 << (integers.bits - 1)
    let step = 2 * limit / Double(integers.count - 1)
    self.init(
      uncheckedScale: step > 0 ? Self.storedScale(step) : 1,  // all zero: any scale is exact
      zeroPoint: zeroPoint, integers: integers)
  }

  /// The symmetric grid for a limit from outside.
  ///
  /// - Parameters:
  ///   - limit: The largest magnitude in the data.
  ///   - integers: The codes.
  /// - Throws: `GridError.limit`.
  public init(validatingLimit limit: Double, as integers: IntegerGrid) throws(GridError) {
    guard limit >= 0, Self.isFinite(limit) else { throw .limit(limit) }
    self.init(symmetric: limit, as: integers)
  }

  /// The grid with a given scale and zero point.
  ///
  /// - Parameters:
  ///   - scale: The distance between codes, positive and finite (a precondition: use
  ///     ``init(validatingScale:zeroPoint:as:)`` for numbers from outside).
  ///   - zeroPoint: The code of zero, one of the integers.
  ///   - integers: The codes.
  @inlinable
  public init(scale: Float, zeroPoint: Int, as integers: IntegerGrid) {
    precondition(scale > 0 && scale.isFinite, "a scale is positive and finite")
    precondition(
      zeroPoint >= integers.lowest && zeroPoint <= integers.highest,
      "a zero point is one of the grid's integers")
    self.init(uncheckedScale: scale, zeroPoint: zeroPoint, integers: integers)
  }

  /// The grid with a scale and zero point from outside.
  ///
  /// - Parameters:
  ///   - scale: The distance between codes.
  ///   - zeroPoint: The code of zero.
  ///   - integers: The codes.
  /// - Throws: `GridError.scale` or `GridError.zeroPoint`.
  public init(
    validatingScale scale: Float, zeroPoint: Int, as integers: IntegerGrid
  ) throws(GridError) {
    guard scale > 0, scale.isFinite else { throw .scale(scale) }
    guard integers.range.contains(zeroPoint) else {
      throw .zeroPoint(zeroPoint, allowed: integers.range)
    }
    self.init(uncheckedScale: scale, zeroPoint: zeroPoint, integers: integers)
  }

  /// Whether a number stays finite when stored in 32 bits.
  static func isFinite(_ value: Double) -> Bool {
    Float(value).isFinite
  }

  /// The step as a Float, kept a normal number so that dividing by it is accurate.
  ///
  /// A range below about 10⁻³⁶ would give a step with few bits or none; its grid is coarser than it
  /// asked for instead. A one-bit grid over all Floats would overflow; it gets the largest step.
  static func storedScale(_ step: Double) -> Float {
    min(max(Float(step), .leastNormalMagnitude), .greatestFiniteMagnitude)
  }
}
