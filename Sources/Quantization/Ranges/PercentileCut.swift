internal import Tensors

/// The range that keeps a percentage of the values, taken from the values themselves.
///
/// Symmetric: the smallest magnitude that at least p percent of the magnitudes do not exceed.
/// Asymmetric: (100 − p)/2 percent are cut at each end. No histogram: the ends are values that
/// occur, the limit that a histogram with ever narrower bins approaches, and the order and the
/// batches the values came in do not matter.
struct PercentileCut {
  /// The percentage p, 0 < p ≤ 100.
  let percentage: Double

  /// A cut that keeps `percentage` percent of the values.
  init(_ percentage: Double) {
    precondition(percentage > 0 && percentage <= 100, "a percentile is above 0 and at most 100")
    self.percentage = percentage
  }

  /// The ends of the kept part, with zero included.
  func range(of values: UnsafeBufferPointer<Float>, symmetric: Bool) -> Extent {
    guard values.count > 0 else { return Extent(0, 0) }
    let share = (100 - percentage) / (symmetric ? 100 : 200)
    // The small term undoes the rounding of 100 − p: of 10,000 values 99.99 percent drops one.
    let dropped = Int((share * Double(values.count) + 1e-6).rounded(.down))
    let last = values.count - 1
    if symmetric {
      guard dropped > 0 else {
        let limit = Extent(of: values).limit
        return Extent(-limit, limit)
      }
      let limit = Double(values.map { abs($0) }.orderStatistic(max(last - dropped, 0)))
      return Extent(-limit, limit)
    }
    let cut = min(dropped, last / 2)
    guard cut > 0 else { return Extent(of: values) }
    return Extent(
      Double(values.orderStatistic(cut)), Double(values.orderStatistic(last - cut)))
  }
}
