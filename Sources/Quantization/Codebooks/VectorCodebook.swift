public import Tensors

/// A codebook of short vectors: what several neighbouring weights together are compared with.
///
/// Found by k-means from a seeded start, where each next entry is drawn with a chance that grows with
/// its squared distance from those there are. Of more than ``largestSample`` vectors evenly spaced ones
/// are learned from.
///
/// Source: Lloyd 1982; the start is Arthur and Vassilvitskii 2007, "k-means++".
public struct VectorCodebook: Equatable, Sendable {
  /// The most vectors a codebook is learned from.
  public static let largestSample = 1 << 16

  /// The entries, one a row.
  public let entries: Matrix

  /// A codebook of given entries.
  ///
  /// - Parameter entries: One a row, at least one (a precondition).
  public init(entries: Matrix) {
    precondition(entries.count > 0, "a codebook has entries")
    self.entries = entries
  }

  /// Entries that k-means ends at.
  ///
  /// - Parameters:
  ///   - vectors: What is to be represented, one a row; finite, at least one (a precondition).
  ///   - count: How many entries; fewer come back where there are fewer vectors. As many as the largest
  ///     sample, or more, are evenly spaced vectors and not moved.
  ///   - rounds: The most rounds; it ends before if no vector changes its entry.
  ///   - generator: Where the start's randomness comes from.
  /// - Returns: The codebook. An entry that no vector is nearest to stays where it was.
  public static func kMeans(
    of vectors: Matrix, count: Int, rounds: Int = 25, using generator: inout SeededGenerator
  ) -> VectorCodebook {
    precondition(vectors.count > 0 && count > 0, "\(vectors.rows) vectors, \(count) entries")
    let stride = (vectors.rows + largestSample - 1) / largestSample
    let sample =
      stride == 1
      ? vectors : vectors.selectingRows(Array(Swift.stride(from: 0, to: vectors.rows, by: stride)))
    guard sample.rows > count else {
      guard vectors.rows > count else { return VectorCodebook(entries: vectors) }
      // More entries than a sample has vectors: as many vectors, evenly spaced.
      return VectorCodebook(
        entries: vectors.selectingRows((0..<count).map { $0 * vectors.rows / count }))
    }
    var codebook = VectorCodebook(entries: spread(sample, count: count, using: &generator))
    var nearest: [Int] = []
    for _ in 0..<rounds {
      let next = codebook.nearest(to: sample)
      if next == nearest { break }
      nearest = next
      codebook = VectorCodebook(entries: codebook.means(of: sample, nearest))
    }
    return codebook
  }

  /// The index of the entry nearest to each vector; of equals the first.
  ///
  /// - Parameter vectors: One a row, as long as the entries (a precondition).
  /// - Returns: One index a vector.
  public func nearest(to vectors: Matrix) -> [Int] {
    precondition(vectors.columns == entries.columns, "vectors and entries are of equal length")
    let halfNorms = (0..<entries.rows).map { row in
      entries.row(row).reduce(Float(0)) { $0 + $1 * $1 } / 2
    }
    var result: [Int] = []
    result.reserveCapacity(vectors.rows)
    let rowsAtOnce = min(4096, max(64, (1 << 24) / entries.rows))  // 64 MiB of products
    for first in stride(from: 0, to: vectors.rows, by: rowsAtOnce) {
      let part = vectors.rows(in: first..<min(first + rowsAtOnce, vectors.rows))
      // |v − c|² / 2 = |v|²/2 − (v·c − |c|²/2): the largest bracket is nearest.
      let products = part.multiplyingTransposed(entries)
      for row in 0..<part.rows {
        products.withUnsafeRow(row) { products in
          var best = 0
          var largest = -Float.infinity
          for index in products.indices where products[index] - halfNorms[index] > largest {
            largest = products[index] - halfNorms[index]
            best = index
          }
          result.append(best)
        }
      }
    }
    return result
  }

  /// The means of the vectors at each entry.
  private func means(of vectors: Matrix, _ nearest: [Int]) -> Matrix {
    let length = entries.columns
    var sums = [Double](repeating: 0, count: entries.count)
    var counts = [Int](repeating: 0, count: entries.rows)
    vectors.withUnsafeBufferPointer { values in
      for (vector, entry) in nearest.enumerated() {
        counts[entry] += 1
        for place in 0..<length {
          sums[entry * length + place] += Double(values[vector * length + place])
        }
      }
    }
    return Matrix(rows: entries.rows, columns: length) { row, column in
      counts[row] == 0
        ? entries[row, column] : Float(sums[row * length + column] / Double(counts[row]))
    }
  }

  /// Entries drawn one by one, far ones more likely.
  private static func spread(
    _ vectors: Matrix, count: Int, using generator: inout SeededGenerator
  ) -> Matrix {
    var chosen = [generator.below(vectors.rows)]
    var distances = [Double](repeating: .infinity, count: vectors.rows)
    while true {
      let latest = vectors.row(chosen[chosen.count - 1])
      var total = 0.0
      vectors.withUnsafeBufferPointer { values in
        for vector in distances.indices {
          var distance: Float = 0
          for (place, value) in latest.enumerated() {
            let difference = values[vector * latest.count + place] - value
            distance += difference * difference
          }
          distances[vector] = min(distances[vector], Double(distance))
          total += distances[vector]
        }
      }
      // Fewer distinct vectors than entries: all of them are entries now.
      guard chosen.count < count, total > 0 else { return vectors.selectingRows(chosen) }
      var rest = generator.uniform() * total
      var next = distances.lastIndex { $0 > 0 } ?? 0
      for (vector, distance) in distances.enumerated() where distance > 0 {
        rest -= distance
        if rest < 0 {
          next = vector
          break
        }
      }
      chosen.append(next)
    }
  }
}
