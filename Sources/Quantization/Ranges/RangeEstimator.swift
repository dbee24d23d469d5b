internal import Tensors

/// The state of an observer between batches, for one tensor or one channel of it.
///
/// Feed it batches, then ask for the range; more batches may follow. Made by
/// ``Observer/makeEstimator(_:)``. `Observer.observe(_:shape:options:)` does all of it for data
/// that is at hand.
public struct RangeEstimator: Sendable {
  private var estimation: any RangeEstimation
  private var hasValues = false

  /// Wraps the state of one method.
  init(_ estimation: any RangeEstimation) {
    self.estimation = estimation
  }

  /// Takes in one batch; a batch without values changes nothing.
  ///
  /// - Parameter batch: The values, in any order.
  /// - Throws: `ObserverError.valueNotFinite`, or what the method itself cannot do.
  public mutating func observe(_ batch: UnsafeBufferPointer<Float>) throws(ObserverError) {
    try batch.requireFinite()
    try observeFinite(batch)
  }

  /// Takes in one batch; a batch without values changes nothing.
  ///
  /// - Parameter batch: The values, in any order.
  /// - Throws: `ObserverError.valueNotFinite`, or what the method itself cannot do.
  public mutating func observe(_ batch: [Float]) throws(ObserverError) {
    try batch.withUnsafeBufferPointer { buffer throws(ObserverError) in try observe(buffer) }
  }

  /// Takes in one batch that is known to hold finite values only.
  mutating func observeFinite(_ batch: UnsafeBufferPointer<Float>) throws(ObserverError) {
    guard batch.count > 0 else { return }
    try estimation.observe(batch)
    hasValues = true
  }

  /// Returns the range chosen from all batches so far, and its grid.
  ///
  /// - Returns: The range.
  /// - Throws: `ObserverError.noValues` before the first value, or what the method cannot do.
  public func range() throws(ObserverError) -> ObservedRange {
    guard hasValues else { throw .noValues }
    return try estimation.range()
  }
}

/// What a method of range estimation does with batches that are not empty and hold finite values.
protocol RangeEstimation: Sendable {
  /// Takes in one batch.
  mutating func observe(_ batch: UnsafeBufferPointer<Float>) throws(ObserverError)
  /// The range chosen from all batches so far; at least one came before.
  func range() throws(ObserverError) -> ObservedRange
}

extension UnsafeBufferPointer<Float> {
  /// Refuses the first NaN or infinity, by its place.
  func requireFinite() throws(ObserverError) {
    guard !scanned().isFinite, let index = firstIndex(where: { !$0.isFinite }) else { return }
    throw .valueNotFinite(index: index, value: self[index])
  }
}
