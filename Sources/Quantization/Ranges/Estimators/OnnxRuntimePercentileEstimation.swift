internal import Grids

/// ONNX Runtime's `PercentileCalibrater`: edges of a histogram at which a share of values is cut.
///
/// 2048 bins. Asymmetric: a ``SignedHistogram`` cut by (100 − p)/200 at each end. Symmetric: a
/// ``MagnitudeHistogram`` cut at p/100. The end is the *left* edge of the bin in which the share is
/// reached, and never beyond the values. Source: `HistogramCollector.compute_percentile`.
struct OnnxRuntimePercentileEstimation: RangeEstimation {
  let integers: IntegerGrid
  let percentage: Double
  // One of the two, as the symmetry asks.
  private var signed: SignedHistogram?
  private var magnitudes: MagnitudeHistogram?

  /// The framework's own percentage.
  static let defaultPercentage = 99.999
  /// The number of bins of the first batch.
  static let binCount = 2048
  /// Beyond this a histogram is refused: tens of megabytes for one tensor.
  static let binLimit = 1 << 22

  /// An estimation that has seen nothing.
  init(integers: IntegerGrid, symmetric: Bool, percentage: Double) {
    self.integers = integers
    self.percentage = percentage
    if symmetric {
      magnitudes = MagnitudeHistogram(binCount: Self.binCount, binLimit: Self.binLimit)
    } else {
      signed = SignedHistogram(
        observer: "percentile-onnxruntime", binCount: Self.binCount, binLimit: Self.binLimit)
    }
  }

  mutating func observe(_ batch: UnsafeBufferPointer<Float>) throws(ObserverError) {
    try signed?.add(batch)
    try magnitudes?.add(batch)
  }

  func range() throws(ObserverError) -> ObservedRange {
    if let magnitudes {
      let limit = magnitudes.threshold(keeping: percentage / 100)
      return ObservedRange(
        onnxRuntime: -limit, limit, smallest: magnitudes.smallest, largest: magnitudes.largest,
        integers: integers, symmetric: true)
    }
    guard let signed else { throw .noValues }
    let ends = signed.ends(cutting: (100 - percentage) / 200)
    return ObservedRange(
      onnxRuntime: ends.lowest, ends.highest, smallest: signed.smallest,
      largest: signed.largest, integers: integers, symmetric: false)
  }
}
