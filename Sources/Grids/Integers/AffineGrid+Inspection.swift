extension AffineGrid {
  /// The real ends of the grid: what the first and the last code decode to.
  ///
  /// Contains zero, but not always the ends that were asked for: once zero has its own code the grid
  /// may hang up to half a step over one end and stop short of the other.
  public var range: ClosedRange<Double> {
    Double(decode(integers.lowest))...Double(decode(integers.highest))
  }

  /// Every number the grid can represent, ascending.
  public var values: [Float] {
    integers.range.map { decode($0) }
  }

  /// Where a number falls between the codes, before rounding and clamping: 144.5 is a tie.
  @inlinable
  public func position(of value: Float) -> Float {
    value / scale + Float(zeroPoint)
  }

  /// How far the grid moves a number: the decoded value minus the number itself.
  ///
  /// At most half a step in magnitude unless the number is clipped (a whole step when rounding is
  /// stochastic).
  ///
  /// - Parameters:
  ///   - value: The number to move onto the grid.
  ///   - rounding: Which neighbour a number between two codes gets.
  ///   - index: The element's position, for stochastic rounding.
  /// - Returns: A signed difference in the units of the number.
  @inlinable
  public func error(
    of value: Float, rounding: Rounding = .halfToEven, at index: Int = 0
  ) -> Float {
    fakeQuantized(value, rounding: rounding, at: index) - value
  }

  /// Whether a number's code had to be clamped to an end of the grid.
  ///
  /// NaN, which is not clamped but replaced, answers false.
  ///
  /// - Parameters:
  ///   - value: The number to place.
  ///   - rounding: Which neighbour a number between two codes gets.
  ///   - index: The element's position, for stochastic rounding.
  /// - Returns: True where rounding alone would have left the grid.
  @inlinable
  public func clips(_ value: Float, rounding: Rounding = .halfToEven, at index: Int = 0) -> Bool {
    let steps = rounding.round(value / scale, at: index)
    return steps < Float(integers.lowest - zeroPoint) || steps > Float(integers.highest - zeroPoint)
  }
}

extension AffineGrid {
  /// The codes of a list of numbers; the stochastic rule uses each element's index.
  ///
  /// - Parameters:
  ///   - values: The numbers to place.
  ///   - rounding: Which neighbour a number between two codes gets.
  /// - Returns: As many codes as numbers.
  public func encode(_ values: [Float], rounding: Rounding = .halfToEven) -> [Int] {
    values.indices.map { encode(values[$0], rounding: rounding, at: $0) }
  }

  /// The numbers that a list of codes stands for.
  public func decode(_ codes: [Int]) -> [Float] {
    codes.map { decode($0) }
  }

  /// A list of numbers after a round trip through the grid.
  ///
  /// - Parameters:
  ///   - values: The numbers to move onto the grid.
  ///   - rounding: Which neighbour a number between two codes gets.
  /// - Returns: As many numbers, all on the grid.
  public func fakeQuantized(_ values: [Float], rounding: Rounding = .halfToEven) -> [Float] {
    values.indices.map { fakeQuantized(values[$0], rounding: rounding, at: $0) }
  }
}

extension AffineGrid: CustomStringConvertible {
  /// The grid in words, such as `256 codes 0...255, 0.0235 apart, zero at 102, from -2.4 to 3.6`.
  public var description: String {
    let ends = range
    return "\(integers.count) codes \(integers.lowest)...\(integers.highest), "
      + "\(text(Double(scale), digits: 6)) apart, zero at \(zeroPoint), from "
      + "\(text(ends.lowerBound, digits: 6)) to \(text(ends.upperBound, digits: 6))"
  }
}
