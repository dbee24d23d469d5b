/// A histogram with NumPy's arithmetic on float32 data, as ONNX Runtime's calibrators collect it.
///
/// Positions are computed in float32 and then corrected against the edges, so a value always falls
/// between the edges of its bin. Source: `numpy.histogram`, `numpy.linspace`.
enum NumpyHistogram {
  /// The edges of equal-width bins; nil when float32 cannot tell them apart.
  ///
  /// A range of zero width is widened by ½ on each side.
  static func edges(from lowest: Float, to highest: Float, bins: Int) -> [Float]? {
    let ends = widened(lowest, highest)
    let step = (ends.highest - ends.lowest) / Float(bins)
    guard step > 0 else { return nil }
    var edges = (0...bins).map { Float($0) * step + ends.lowest }
    edges[bins] = ends.highest
    return zip(edges, edges.dropFirst()).allSatisfy { $0 < $1 } ? edges : nil
  }

  /// How many values fall into each of the equal-width bins whose edges ``edges(from:to:bins:)``
  /// gave; values outside are not counted, and the last bin is closed.
  static func counts(of values: UnsafeBufferPointer<Float>, edges: [Float]) -> [Int] {
    let bins = edges.count - 1
    let lowest = edges[0]
    let highest = edges[bins]
    let width = highest - lowest
    var counts = [Int](repeating: 0, count: bins)
    for value in values where value >= lowest && value <= highest {
      var bin = Int((value - lowest) / width * Float(bins))
      if bin == bins { bin -= 1 }
      if value < edges[bin] { bin -= 1 }
      if bin != bins - 1 && value >= edges[bin + 1] { bin += 1 }
      counts[bin] += 1
    }
    return counts
  }

  /// How many values fall between each two of any ascending edges; the last bin is closed.
  static func counts(of values: UnsafeBufferPointer<Float>, between edges: [Double]) -> [Int] {
    let bins = edges.count - 1
    var counts = [Int](repeating: 0, count: bins)
    for value in values {
      let exact = Double(value)
      guard exact >= edges[0], exact <= edges[bins] else { continue }
      var low = 0
      var high = bins
      while high - low > 1 {
        let middle = (low + high) / 2
        if edges[middle] <= exact { low = middle } else { high = middle }
      }
      counts[low] += 1
    }
    return counts
  }

  /// The first index whose running share of all counts is at least `share`; the number of bins when
  /// rounding keeps the last share below it.
  static func index(reaching share: Double, in counts: [Int]) -> Int {
    let total = Double(counts.reduce(0, +))
    var running = 0.0
    for (index, count) in counts.enumerated() {
      running += Double(count) / total
      if running >= share { return index }
    }
    return counts.count
  }

  private static func widened(
    _ lowest: Float, _ highest: Float
  ) -> (lowest: Float, highest: Float) {
    lowest == highest ? (lowest - 0.5, highest + 0.5) : (lowest, highest)
  }
}

/// Sums in NumPy's order: eight running sums in blocks of at most 128, blocks added in pairs.
enum PairwiseSum {
  /// The sum of the values, each addition rounded to the values' own precision.
  static func of<Value: BinaryFloatingPoint>(_ values: [Value]) -> Value {
    values.withUnsafeBufferPointer { sum($0[...]) }
  }

  private static func sum<Value: BinaryFloatingPoint>(
    _ values: Slice<UnsafeBufferPointer<Value>>
  ) -> Value {
    let start = values.startIndex
    let count = values.count
    if count < 8 { return values.reduce(0, +) }
    if count > 128 {
      let half = count / 2
      let middle = start + half - half % 8
      return sum(values[start..<middle]) + sum(values[middle...])
    }
    var lanes = (0..<8).map { values[start + $0] }
    let whole = start + count - count % 8
    for block in stride(from: start + 8, to: whole, by: 8) {
      for lane in 0..<8 { lanes[lane] += values[block + lane] }
    }
    let paired =
      ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3]))
      + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]))
    return values[whole...].reduce(paired, +)
  }
}
