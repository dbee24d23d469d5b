internal import Tensors

/// ONNX Runtime's histogram of magnitudes, between the smallest and the largest of the first batch.
///
/// A batch beyond the last edge adds edges of the first bin's width; a magnitude below the first
/// edge is not counted. Source: `HistogramCollector.collect_absolute_value`.
struct MagnitudeHistogram: Sendable {
  /// The smallest value so far, with its sign.
  private(set) var smallest: Float = 0
  /// The largest value so far, with its sign.
  private(set) var largest: Float = 0
  private var counts: [Int] = []
  private var edges: [Float] = []
  private var isFirst = true
  private let binCount: Int
  private let binLimit: Int

  /// A histogram of nothing, which refuses to grow beyond `binLimit` bins.
  init(binCount: Int, binLimit: Int) {
    self.binCount = binCount
    self.binLimit = binLimit
  }

  /// Adds one batch.
  mutating func add(_ batch: UnsafeBufferPointer<Float>) throws(ObserverError) {
    guard let seen = batch.extent else { return }
    smallest = isFirst ? seen.lowerBound : min(smallest, seen.lowerBound)
    largest = isFirst ? seen.upperBound : max(largest, seen.upperBound)
    isFirst = false
    let magnitudes = batch.map { abs($0) }
    guard let extent = magnitudes.extent else { return }
    guard !counts.isEmpty else {
      // Without edges that float32 can tell apart the largest value stands for all of them.
      edges =
        NumpyHistogram.edges(from: extent.lowerBound, to: extent.upperBound, bins: binCount) ?? []
      if !edges.isEmpty {
        counts = magnitudes.withUnsafeBufferPointer { NumpyHistogram.counts(of: $0, edges: edges) }
      }
      return
    }
    var between = edges.map { Double($0) }
    if extent.upperBound > edges[edges.count - 1] {
      between += try newEdges(reaching: extent.upperBound)
    }
    var updated = magnitudes.withUnsafeBufferPointer {
      NumpyHistogram.counts(of: $0, between: between)
    }
    for (bin, count) in counts.enumerated() { updated[bin] += count }
    counts = updated
    edges = between.map { Float($0) }
  }

  /// The edges beyond the last one: their number from float32, their places from Double, as
  /// `numpy.arange` has it.
  private func newEdges(reaching magnitude: Float) throws(ObserverError) -> [Double] {
    let width = edges[1] - edges[0]
    let start = edges[edges.count - 1] + width
    let exactCount = Double(((magnitude + width) - start) / width).rounded(.up)
    let exactBins = exactCount + Double(counts.count)
    guard exactBins <= Double(binLimit) else {
      throw .histogramTooLong(
        observer: "percentile-onnxruntime", exactBins: exactBins, limit: binLimit)
    }
    let step = Double(start + width) - Double(start)
    return (0..<max(Int(exactCount), 0)).map { Double(start) + Double($0) * step }
  }

  /// The left edge of the bin in which the share is reached; the largest magnitude without bins.
  func threshold(keeping share: Double) -> Float {
    guard !counts.isEmpty else { return max(abs(smallest), abs(largest)) }
    return edges[NumpyHistogram.index(reaching: share, in: counts)]
  }
}
