internal import Grids
internal import Tensors

/// The smallest and the largest value of all batches: nothing is ever clipped.
struct MinMaxEstimation: RangeEstimation {
  let integers: IntegerGrid
  let symmetric: Bool
  private var extent = Extent(0, 0)

  /// An estimation that has seen nothing.
  init(integers: IntegerGrid, symmetric: Bool) {
    self.integers = integers
    self.symmetric = symmetric
  }

  mutating func observe(_ batch: UnsafeBufferPointer<Float>) {
    let seen = Extent(of: batch)
    extent = Extent(min(extent.lowest, seen.lowest), max(extent.highest, seen.highest))
  }

  func range() -> ObservedRange {
    ObservedRange(extent, on: integers, symmetric: symmetric)
  }
}

/// Each end moves a hundredth of the way to the end of every later batch.
///
/// m ← m + 0.01 (m_batch − m), started at the first batch's own ends, in Double. One odd batch
/// barely moves the range; the price is that the range need not hold every value.
/// Source: PyTorch's `MovingAverageMinMaxObserver`, which does the same in float32.
struct MovingAverageEstimation: RangeEstimation {
  let integers: IntegerGrid
  let symmetric: Bool
  private var ends: (lowest: Double, highest: Double)?

  /// How far an end moves towards that of a new batch.
  static let averagingConstant = 0.01

  /// An estimation that has seen nothing.
  init(integers: IntegerGrid, symmetric: Bool) {
    self.integers = integers
    self.symmetric = symmetric
  }

  mutating func observe(_ batch: UnsafeBufferPointer<Float>) {
    guard let seen = batch.extent else { return }
    let lowest = Double(seen.lowerBound)
    let highest = Double(seen.upperBound)
    guard let old = ends else {
      ends = (lowest, highest)
      return
    }
    // Zero joins at the end only: the average is of the batches' own ends.
    ends = (
      old.lowest + Self.averagingConstant * (lowest - old.lowest),
      old.highest + Self.averagingConstant * (highest - old.highest)
    )
  }

  func range() -> ObservedRange {
    ObservedRange(
      Extent(ends?.lowest ?? 0, ends?.highest ?? 0), on: integers, symmetric: symmetric)
  }
}
