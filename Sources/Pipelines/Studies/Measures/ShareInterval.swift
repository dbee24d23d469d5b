/// A share of right answers with Wilson's interval, which stays between 0 and 1 and is right for few questions too.
///
/// Source: Wilson 1927, Probable inference, the law of succession, and statistical inference.
public struct ShareInterval: Codable, Hashable, Sendable {
  /// How many counted.
  public let hits: Int
  /// How many there were.
  public let count: Int
  /// The share.
  public let share: Double
  /// The interval's lower end, at 95 %.
  public let low: Double
  /// The interval's upper end.
  public let high: Double

  /// The interval of a share.
  ///
  /// - Parameters:
  ///   - hits: How many counted, from 0 to `count` (a precondition).
  ///   - count: How many there were, at least one.
  public init(_ hits: Int, of count: Int) {
    precondition(count > 0 && 0...count ~= hits, "\(hits) of \(count)")
    self.hits = hits
    self.count = count
    let (n, square) = (Double(count), 1.959963984540054 * 1.959963984540054)
    share = Double(hits) / n
    let middle = (share + square / (2 * n)) / (1 + square / n)
    let half =
      (square * (share * (1 - share) / n + square / (4 * n * n))).squareRoot() / (1 + square / n)
    (low, high) = (max(0, middle - half), min(1, middle + half))
  }
}
