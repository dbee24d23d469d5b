internal import Tensors

/// ONNX Runtime's histogram of values between −T and T, where T is the largest magnitude so far.
///
/// A batch beyond T adds whole bins of the old width on both sides. Source: `HistogramCollector` in
/// `onnxruntime.quantization.calibrate`.
struct SignedHistogram: Sendable {
  /// How many values lie in each bin.
  private(set) var counts: [Int] = []
  /// The edges of the bins; empty when float32 cannot tell them apart.
  private(set) var edges: [Float] = []
  /// The smallest value so far.
  private(set) var smallest: Float = 0
  /// The largest value so far.
  private(set) var largest: Float = 0
  private var threshold: Float = 0
  private let observer: String
  private let firstBinCount: Int
  private let binLimit: Int

  /// A histogram of nothing, for the named observer; it refuses to grow beyond `binLimit` bins.
  init(observer: String, binCount: Int, binLimit: Int) {
    self.observer = observer
    firstBinCount = binCount
    self.binLimit = binLimit
  }

  /// Adds one batch.
  mutating func add(_ batch: UnsafeBufferPointer<Float>) throws(ObserverError) {
    guard let seen = batch.extent else { return }
    let limit = max(abs(seen.lowerBound), abs(seen.upperBound))
    guard (2 * limit).isFinite else {
      throw .rangeTooWide(
        observer: observer, lowest: seen.lowerBound, highest: seen.upperBound)
    }
    if counts.isEmpty {
      threshold = limit
      smallest = seen.lowerBound
      largest = seen.upperBound
      recount(batch, bins: firstBinCount, oldCounts: [], offset: 0)
      return
    }
    smallest = min(smallest, seen.lowerBound)
    largest = max(largest, seen.upperBound)
    if limit > threshold && threshold > 0 {
      try widen(to: limit, adding: batch)
    } else {
      threshold = max(threshold, limit)
      recount(batch, bins: counts.count, oldCounts: counts, offset: 0)
    }
  }

  /// The left edges of the bins in which a share of all values is reached from below, and in which
  /// all but that share is; the smallest and the largest value without edges.
  func ends(cutting share: Double) -> (lowest: Float, highest: Float) {
    guard !edges.isEmpty else { return (smallest, largest) }
    return (
      edges[NumpyHistogram.index(reaching: share, in: counts)],
      edges[NumpyHistogram.index(reaching: 1 - share, in: counts)]
    )
  }

  /// Adds whole bins on both sides until `limit` is inside, then the batch.
  private mutating func widen(
    to limit: Float, adding batch: UnsafeBufferPointer<Float>
  ) throws(ObserverError) {
    let width = 2 * threshold / Float(counts.count)
    let exactAdded = (Double(limit - threshold) / Double(width)).rounded(.down) + 1
    let exactBins = Double(counts.count) + 2 * exactAdded
    guard exactBins <= Double(binLimit) else {
      throw .histogramTooLong(observer: observer, exactBins: exactBins, limit: binLimit)
    }
    let added = Int(exactAdded)
    threshold = Float(added) * width + threshold
    recount(batch, bins: counts.count + 2 * added, oldCounts: counts, offset: added)
  }

  /// Counts the batch between −threshold and threshold and adds the old counts from bin `offset` on.
  private mutating func recount(
    _ batch: UnsafeBufferPointer<Float>, bins: Int, oldCounts: [Int], offset: Int
  ) {
    if let edges = NumpyHistogram.edges(from: -threshold, to: threshold, bins: bins) {
      self.edges = edges
      counts = NumpyHistogram.counts(of: batch, edges: edges)
    } else {
      edges = []
      counts = [Int](repeating: 0, count: bins)
    }
    for (bin, count) in oldCounts.enumerated() { counts[bin + offset] += count }
  }
}
