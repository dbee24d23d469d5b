internal import Grids
internal import Tensors

/// PyTorch's `HistogramObserver`: a histogram of all batches, and a greedy search for the ends.
///
/// 2048 bins between the smallest and the largest value, in float32 throughout. When a batch widens
/// the range, the old counts are spread over 16 times as many points and dropped into the new bins.
/// The search is ``TorchRangeSearch``. Source: `torch.ao.quantization.observer`, version 2.
struct TorchHistogramEstimation: RangeEstimation {
  let integers: IntegerGrid
  let symmetric: Bool
  private var lowest: Float = 0
  private var highest: Float = 0
  private var counts: [Float] = []

  /// The number of bins.
  static let binCount = 2048
  /// Points per old bin when counts move to wider bins.
  static let upsampling = 16

  /// An estimation that has seen nothing.
  init(integers: IntegerGrid, symmetric: Bool) {
    self.integers = integers
    self.symmetric = symmetric
  }

  mutating func observe(_ batch: UnsafeBufferPointer<Float>) throws(ObserverError) {
    guard let seen = batch.extent else { return }
    let isFirst = counts.isEmpty
    let newLowest = isFirst ? seen.lowerBound : min(lowest, seen.lowerBound)
    let newHighest = isFirst ? seen.upperBound : max(highest, seen.upperBound)
    // A bin's position is (x − lowest) · bins / width: all three steps must stay finite.
    guard ((newHighest - newLowest) * Float(Self.binCount)).isFinite else {
      throw .rangeTooWide(observer: "histogram", lowest: newLowest, highest: newHighest)
    }
    var updated = FloatBins.counts(
      of: batch, bins: Self.binCount, lowest: newLowest, highest: newHighest
    ).map { Float($0) }
    if !isFirst { addOldCounts(to: &updated, lowest: newLowest, highest: newHighest) }
    counts = updated
    lowest = newLowest
    highest = newHighest
  }

  func range() throws(ObserverError) -> ObservedRange {
    let ends = TorchRangeSearch(counts: counts, lowest: lowest, highest: highest).ends()
    let chosen = TorchParameters(
      lowest: ends.lowest, highest: ends.highest, integers: integers, symmetric: symmetric)
    guard chosen.scale.isFinite else {
      throw .rangeTooWide(observer: "histogram", lowest: lowest, highest: highest)
    }
    return ObservedRange(
      Extent(Double(ends.lowest), Double(ends.highest)), scale: chosen.scale,
      zeroPoint: chosen.zeroPoint, integers: integers)
  }

  /// Adds the counts so far to those of a new batch, whose range holds the old one.
  private func addOldCounts(
    to updated: inout [Float], lowest newLowest: Float, highest newHighest: Float
  ) {
    if newLowest == lowest && newHighest == highest {
      for bin in updated.indices { updated[bin] += counts[bin] }
    } else if lowest == highest {
      // One value so far: all of its counts go where it falls now.
      let total = CascadeSum.of(counts)
      let bin = FloatBins.bin(
        of: lowest, bins: Self.binCount, lowest: newLowest, highest: newHighest)
      updated[bin] += total
    } else {
      let moved = spreadCounts(lowest: newLowest, highest: newHighest)
      for bin in updated.indices { updated[bin] += moved[bin] }
    }
  }

  /// The counts so far, in bins of the new range.
  private func spreadCounts(lowest newLowest: Float, highest newHighest: Float) -> [Float] {
    let pointCount = Self.binCount * Self.upsampling
    let halfWidth = 0.5 * ((highest - lowest) / Float(pointCount))
    let points = FloatBins.evenlySpaced(from: lowest, to: highest, count: pointCount + 1)
    let edges = FloatBins.evenlySpaced(from: newLowest, to: newHighest, count: Self.binCount + 1)
    var moved = [Float](repeating: 0, count: Self.binCount)
    for point in 0..<pointCount {
      let middle = points[point] + halfWidth
      let bin = FloatBins.countOfEdges(edges, notAbove: middle) - 1
      moved[min(max(bin, 0), Self.binCount - 1)] +=
        counts[point / Self.upsampling] / Float(Self.upsampling)
    }
    return moved
  }
}

/// Scale and zero point as PyTorch's observers compute them, in float32.
///
/// Symmetric: 2R / (2ᵇ − 1) with zero point 0 when signed; unsigned, 128 for 8 bits and, as for any
/// range of codes set by hand, the middle rounded down for fewer. No scale is below float32's
/// epsilon, so a range of zero has that scale. Source: `UniformQuantizationObserverBase`.
struct TorchParameters {
  let scale: Float
  let zeroPoint: Int

  /// The parameters for a range, into which zero is taken first.
  init(lowest: Float, highest: Float, integers: IntegerGrid, symmetric: Bool) {
    let low = min(lowest, 0)
    let high = max(highest, 0)
    let steps = Float(integers.highest - integers.lowest)
    let epsilon = Float.ulpOfOne
    guard !symmetric else {
      scale = max(max(-low, high) / (steps / 2), epsilon)
      if integers.isSigned {
        zeroPoint = 0
      } else {
        zeroPoint = integers.bits == 8 ? 128 : integers.highest / 2
      }
      return
    }
    let step = max((high - low) / steps, epsilon)
    let position = Float(integers.lowest) - (low / step).rounded(.toNearestOrEven)
    scale = step
    zeroPoint = Int(min(max(position, Float(integers.lowest)), Float(integers.highest)))
  }
}
