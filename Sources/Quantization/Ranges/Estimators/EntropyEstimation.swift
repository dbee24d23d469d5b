internal import Grids
internal import Tensors

/// TensorRT's entropy calibration: the clip of |x| whose coarse copy of the histogram diverges least.
///
/// 2048 bins of magnitudes, grown by whole bins of the first batch's width; the search is
/// ``EntropySearch``. A symmetric grid covers ± the threshold; an asymmetric one covers the part of
/// the values' own range within it. Histogram in float32, as ModelOpt collects it with torch.
/// Source: Migacz, GTC 2017; `modelopt/torch/quantization/calib/histogram.py`.
struct EntropyEstimation: RangeEstimation {
  let integers: IntegerGrid
  let symmetric: Bool
  private var extent = Extent(0, 0)
  private var edges: [Float] = []
  private var counts: [Int] = []

  /// The number of bins of the first batch.
  static let binCount = 2048
  /// Beyond this the search, quadratic in the bins, would take minutes.
  static let binLimit = 1 << 16

  /// An estimation that has seen nothing.
  init(integers: IntegerGrid, symmetric: Bool) {
    self.integers = integers
    self.symmetric = symmetric
  }

  mutating func observe(_ batch: UnsafeBufferPointer<Float>) throws(ObserverError) {
    let seen = Extent(of: batch)
    let largest = Float(seen.limit)
    guard (largest * Float(max(counts.count, Self.binCount))).isFinite else {
      throw .rangeTooWide(
        observer: "entropy", lowest: Float(seen.lowest), highest: Float(seen.highest))
    }
    extent = Extent(min(extent.lowest, seen.lowest), max(extent.highest, seen.highest))
    guard largest > 0 || !edges.isEmpty else { return }  // zeros alone have no histogram
    if edges.isEmpty {
      edges = FloatBins.evenlySpaced(from: 0, to: largest, count: Self.binCount + 1)
      counts = [Int](repeating: 0, count: Self.binCount)
    } else if largest > edges[edges.count - 1] {
      try grow(toReach: largest)
    }
    let magnitudes = batch.map { abs($0) }
    let added = magnitudes.withUnsafeBufferPointer {
      FloatBins.counts(of: $0, bins: counts.count, lowest: 0, highest: edges[edges.count - 1])
    }
    for (bin, count) in added.enumerated() { counts[bin] += count }
  }

  /// Appends bins of the same width until `largest` is inside.
  private mutating func grow(toReach largest: Float) throws(ObserverError) {
    let width = edges[1] - edges[0]
    let exactCount = Double((largest / width).rounded(.up))
    guard exactCount <= Double(Self.binLimit) else {
      throw .histogramTooLong(observer: "entropy", exactBins: exactCount, limit: Self.binLimit)
    }
    let edgeCount = Int((Double(largest + width) / Double(width)).rounded(.up))
    edges = (0..<edgeCount).map { Float(Double($0) * Double(width)) }
    counts += [Int](repeating: 0, count: max(Int(exactCount) - counts.count, 0))
  }

  func range() -> ObservedRange {
    guard !edges.isEmpty else { return ObservedRange(extent, on: integers, symmetric: symmetric) }
    let search = EntropySearch(counts: counts, levelCount: 1 << (integers.bits - 1))
    let threshold = Double(edges[min(search.bestBinCount(), edges.count - 1)])
    // After growing, the last edge may lie beyond the values; the grid goes by the edge.
    return ObservedRange(
      extent.clipped(to: threshold), on: integers, symmetric: symmetric, limit: threshold)
  }
}
