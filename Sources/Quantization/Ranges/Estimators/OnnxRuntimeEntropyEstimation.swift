internal import Glibc
internal import Grids

/// ONNX Runtime's `EntropyCalibrater`: the symmetric window whose coarse copy diverges least.
///
/// A ``SignedHistogram`` of 128 bins and windows of at least 128 bins around zero. With one batch,
/// or as long as no batch widens the histogram, exactly one window exists, the whole range: the
/// answer is min-max, without any search. Source: `HistogramCollector.get_entropy_threshold`.
struct OnnxRuntimeEntropyEstimation: RangeEstimation {
  let integers: IntegerGrid
  let symmetric: Bool
  private(set) var histogram = SignedHistogram(
    observer: "entropy-onnxruntime", binCount: binCount, binLimit: binLimit)

  /// The number of bins of the first batch.
  static let binCount = 128
  /// The number of levels a window is reduced to, whatever the bits.
  static let levelCount = 128
  /// Beyond this the search, quadratic in the bins, would take minutes.
  static let binLimit = 16_384

  /// An estimation that has seen nothing.
  init(integers: IntegerGrid, symmetric: Bool) {
    self.integers = integers
    self.symmetric = symmetric
  }

  mutating func observe(_ batch: UnsafeBufferPointer<Float>) throws(ObserverError) {
    try histogram.add(batch)
  }

  func range() -> ObservedRange {
    let chosen = threshold()
    return ObservedRange(
      onnxRuntime: chosen.lowest, chosen.highest, smallest: histogram.smallest,
      largest: histogram.largest, integers: integers, symmetric: symmetric)
  }

  /// The windows that are compared, as ranges of bins, narrowest first.
  var candidates: [Range<Int>] {
    let bins = histogram.counts.count
    let middle = bins / 2
    return (0..<Observer.onnxRuntimeEntropyCandidates(histogramBins: bins)).map { candidate in
      let reach = Self.levelCount / 2 + candidate
      return middle - reach..<min(middle + reach + 1, bins)
    }
  }

  /// The ends of the first window with the least divergence.
  private func threshold() -> (lowest: Float, highest: Float) {
    let edges = histogram.edges
    guard !edges.isEmpty else { return (histogram.smallest, histogram.largest) }
    var smallestDivergence = Float.infinity
    var best = candidates[0]
    for window in candidates {
      let divergence = divergence(of: window)
      if divergence < smallestDivergence {
        smallestDivergence = divergence
        best = window
      }
    }
    return (edges[best.lowerBound], edges[best.upperBound])
  }

  /// KL(P‖Q), in float32: P is the window with everything outside added to its end bins, Q the
  /// window reduced to the levels and spread again over the bins where P is not zero.
  ///
  /// Two habits of the original matter: Q's counts are integers, cut off, and the bins beyond the
  /// last whole level count for that level but get nothing back.
  private func divergence(of window: Range<Int>) -> Float {
    let counts = histogram.counts
    let inside = counts[window]
    var reference = Array(inside)
    reference[0] += counts[..<window.lowerBound].reduce(0, +)
    reference[reference.count - 1] += counts[window.upperBound...].reduce(0, +)

    let width = reference.count / Self.levelCount
    var candidate = [Int](repeating: 0, count: reference.count)
    for level in 0..<Self.levelCount {
      let bins = level * width..<(level + 1) * width
      let isLast = level == Self.levelCount - 1
      let summed = isLast ? bins.lowerBound..<reference.count : bins
      let mass = summed.reduce(0) { $0 + counts[window.lowerBound + $1] }
      let occupied = bins.reduce(0) { $0 + (reference[$1] != 0 ? 1 : 0) }
      guard occupied > 0 else { continue }
      let share = Int(Double(mass) / Double(occupied))
      for bin in bins { candidate[bin] = share }
    }

    guard let smoothReference = Self.smoothed(reference),
      let smoothCandidate = Self.smoothed(candidate)
    else { return .infinity }
    return Self.relativeEntropy(of: smoothReference, to: smoothCandidate)
  }

  /// Counts with every zero raised to 10⁻⁴ and what that adds taken from the others; nil when all
  /// are zero, or too few are not.
  private static func smoothed(_ counts: [Int]) -> [Float]? {
    let epsilon = 0.0001
    let zeroCount = counts.count { $0 == 0 }
    guard zeroCount < counts.count else { return nil }
    let taken = epsilon * Double(zeroCount) / Double(counts.count - zeroCount)
    guard taken < 1 else { return nil }
    return counts.map { $0 == 0 ? Float(epsilon) : Float($0) + Float(-taken) }
  }

  /// Σ p log(p/q) of two positive histograms after each is divided by its sum.
  private static func relativeEntropy(of first: [Float], to second: [Float]) -> Float {
    let firstSum = PairwiseSum.of(first)
    let secondSum = PairwiseSum.of(second)
    let terms = zip(first, second).map { first, second in
      let share = first / firstSum
      return share * Float(log(Double(share / (second / secondSum))))
    }
    return PairwiseSum.of(terms)
  }
}

extension Observer {
  /// Returns how many windows ONNX Runtime's entropy calibration chooses between.
  ///
  /// Half the bins less half the 128 levels, and one: with the default 128 bins exactly one, so that
  /// nothing is searched and the answer is min-max. Only batches that widen the histogram add more.
  ///
  /// - Parameter histogramBins: The bins of the histogram at the end, at least 128.
  /// - Returns: The number of windows.
  public static func onnxRuntimeEntropyCandidates(histogramBins: Int = 128) -> Int {
    max(histogramBins / 2 - OnnxRuntimeEntropyEstimation.levelCount / 2 + 1, 0)
  }
}
