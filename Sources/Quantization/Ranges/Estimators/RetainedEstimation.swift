internal import Grids

/// Keeps every value and makes a ``RangeChoice`` of them at the end.
///
/// Exact, and the same however the data is cut into batches; the price is memory for all of it.
struct RetainedEstimation: RangeEstimation {
  let choice: RangeChoice
  let integers: IntegerGrid
  let symmetric: Bool
  private var values: [Float] = []

  /// An estimation that has seen nothing.
  init(choice: RangeChoice, integers: IntegerGrid, symmetric: Bool) {
    self.choice = choice
    self.integers = integers
    self.symmetric = symmetric
  }

  mutating func observe(_ batch: UnsafeBufferPointer<Float>) {
    values.append(contentsOf: batch)
  }

  func range() -> ObservedRange {
    values.withUnsafeBufferPointer { buffer in
      let chosen = choice.range(of: buffer, levels: integers, symmetric: symmetric)
      let extent =
        symmetric
        ? Extent(of: buffer).clipped(to: chosen.highest)  // the values' own part of ±limit
        : Extent(chosen.lowest, chosen.highest)
      return ObservedRange(extent, on: integers, symmetric: symmetric)
    }
  }
}
