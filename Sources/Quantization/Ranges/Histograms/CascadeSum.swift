/// Sums of Floats in PyTorch's order, to the last bit.
///
/// Eight lanes, four rows of them at a time; after every 2ᵏ rows the running sums are added to those
/// of a coarser level, so that few additions see a large sum. The lanes are added at the end, one
/// after another. The order is the same on every processor. Source: `torch.sum` on the CPU.
///
/// It matters: a histogram of fractions may sum to a little less than the number of values, and a
/// quantile that falls exactly between two values then finds another bin.
enum CascadeSum {
  private typealias Lanes = SIMD8<Float>

  private static let rowCount = 4
  private static let levelCount = 4

  /// The sum of the values.
  static func of(_ values: [Float]) -> Float {
    let laneCount = Lanes.scalarCount
    let vectors = (0..<values.count / laneCount).map { vector in
      Lanes(values[vector * laneCount..<(vector + 1) * laneCount])
    }
    var sum: Float = 0
    for value in values[(vectors.count * laneCount)...] { sum += value }
    let lanes = laneSums(vectors)
    for lane in lanes.indices { sum += lanes[lane] }
    return sum
  }

  /// The sum of the vectors, lane by lane.
  private static func laneSums(_ vectors: [Lanes]) -> Lanes {
    let stepCount = vectors.count / rowCount
    let power = max(4, ceilingOfLogarithm(stepCount) / levelCount)
    let mask = (1 << power) - 1
    var levels = [[Lanes]](
      repeating: [Lanes](repeating: .zero, count: rowCount), count: levelCount)
    for step in 0..<stepCount {
      for row in 0..<rowCount { levels[0][row] += vectors[step * rowCount + row] }
      let done = step + 1
      // A full block moves up a level, and further when that level is full as well.
      guard done & mask == 0 else { continue }
      for level in 1..<levelCount {
        for row in 0..<rowCount {
          levels[level][row] += levels[level - 1][row]
          levels[level - 1][row] = .zero
        }
        if done & (mask << (level * power)) != 0 { break }
      }
    }
    for level in 1..<levelCount {
      for row in 0..<rowCount { levels[0][row] += levels[level][row] }
    }
    for vector in vectors[(stepCount * rowCount)...] { levels[0][0] += vector }
    return levels[0].dropFirst().reduce(levels[0][0], +)
  }

  /// The smallest power of two's exponent that reaches a count.
  private static func ceilingOfLogarithm(_ count: Int) -> Int {
    count <= 1 ? 0 : Int.bitWidth - (count - 1).leadingZeroBitCount
  }
}
