/// Equal-width bins with PyTorch's arithmetic, in float32.
///
/// Where a value on the border of two bins falls depends on the order of the operations, so they
/// are named here once: `torch.histc`, `torch.linspace`, `torch.bucketize`.
enum FloatBins {
  /// How many values fall into each bin; values outside the range are not counted.
  ///
  /// A range of zero width is widened by 1 on each side first, as `torch.histc` does.
  static func counts(
    of values: UnsafeBufferPointer<Float>, bins: Int, lowest: Float, highest: Float
  ) -> [Int] {
    var counts = [Int](repeating: 0, count: bins)
    let ends = widened(lowest, highest)
    for value in values where value >= ends.lowest && value <= ends.highest {
      counts[position(of: value, bins: bins, lowest: ends.lowest, highest: ends.highest)] += 1
    }
    return counts
  }

  /// The bin that one value inside the range falls into.
  static func bin(of value: Float, bins: Int, lowest: Float, highest: Float) -> Int {
    let ends = widened(lowest, highest)
    return position(of: value, bins: bins, lowest: ends.lowest, highest: ends.highest)
  }

  private static func widened(_ lowest: Float, _ highest: Float) -> (lowest: Float, highest: Float)
  {
    lowest == highest ? (lowest - 1, highest + 1) : (lowest, highest)
  }

  @inline(__always)
  private static func position(
    of value: Float, bins: Int, lowest: Float, highest: Float
  ) -> Int {
    let position = (value - lowest) * Float(bins) / (highest - lowest)
    // The last bin is closed. (Beside 2²⁴, widening by 1 can leave no width: everything is last.)
    return position < Float(bins) ? Int(position) : bins - 1
  }

  /// Numbers at equal distances, both ends included.
  ///
  /// The lower half is counted from the start and the upper half from the end, each number with one
  /// rounding (a fused multiply and add).
  static func evenlySpaced(from start: Float, to end: Float, count: Int) -> [Float] {
    let step = (end - start) / Float(count - 1)
    let half = count / 2
    return (0..<count).map { index in
      index < half
        ? start.addingProduct(step, Float(index))
        : end.addingProduct(-step, Float(count - 1 - index))
    }
  }

  /// How many of the ascending edges are at most `value`.
  static func countOfEdges(_ edges: [Float], notAbove value: Float) -> Int {
    var low = 0
    var high = edges.count
    while low < high {
      let middle = (low + high) / 2
      if edges[middle] <= value { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
