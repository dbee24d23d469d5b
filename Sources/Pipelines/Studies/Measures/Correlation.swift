internal import Grids

/// How far two quantities go together.
public struct Correlation: Codable, Hashable, Sendable {
  /// How many pairs.
  public let count: Int
  /// Pearson's coefficient: how well a straight line fits.
  public let linear: Double
  /// The lower end of its 95 % interval by Fisher's transformation, which takes pairs as independent.
  public let low: Double
  /// The interval's upper end.
  public let high: Double
  /// Spearman's: the same of the ranks, for any rising curve.
  public let rank: Double
  /// The slope of the line that fits best, the second quantity over the first.
  public let slope: Double

  /// Correlates pairs; nil for fewer than four, or where one quantity does not vary.
  ///
  /// - Parameters:
  ///   - first: One quantity.
  ///   - second: The other, as many values.
  public init?(_ first: [Double], _ second: [Double]) {
    precondition(first.count == second.count, "\(first.count) and \(second.count) values")
    guard first.count >= 4,
      let line = Self.line(first, second),
      let rank = Self.line(Self.ranks(first), Self.ranks(second))
    else { return nil }
    count = first.count
    linear = line.coefficient
    slope = line.slope
    self.rank = rank.coefficient
    // atanh r is nearly normal with variance 1 / (n − 3).
    let bounded = min(max(linear, -1 + 1e-15), 1 - 1e-15)
    let centre = logarithm((1 + bounded) / (1 - bounded)) / 2
    let half = 1.959963984540054 / Double(count - 3).squareRoot()
    (low, high) = (Self.hyperbolicTangent(centre - half), Self.hyperbolicTangent(centre + half))
  }

  private static func hyperbolicTangent(_ value: Double) -> Double {
    let power = exponential(2 * min(max(value, -300), 300))
    return (power - 1) / (power + 1)
  }

  private static func line(
    _ first: [Double], _ second: [Double]
  ) -> (coefficient: Double, slope: Double)? {
    let count = Double(first.count)
    let (one, other) = (first.reduce(0, +) / count, second.reduce(0, +) / count)
    var (across, up, both) = (0.0, 0.0, 0.0)
    for (x, y) in zip(first, second) {
      across += (x - one) * (x - one)
      up += (y - other) * (y - other)
      both += (x - one) * (y - other)
    }
    guard across > 0, up > 0, across.isFinite, up.isFinite else { return nil }
    let coefficient = both / (across * up).squareRoot()
    return (min(max(coefficient, -1), 1), both / across)
  }

  /// Places in order, from 1; equal values share the mean of theirs.
  static func ranks(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var ranks = [Double](repeating: 0, count: values.count)
    var start = 0
    while start < order.count {
      var end = start
      while end + 1 < order.count, values[order[end + 1]] == values[order[start]] { end += 1 }
      for place in start...end { ranks[order[place]] = Double(start + end) / 2 + 1 }
      start = end + 1
    }
    return ranks
  }
}
