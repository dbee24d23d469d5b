/// Byte-pair encoding of one word: again and again the pair of lowest rank, leftmost first, merges.
///
/// Source: Sennrich, Haddow, Birch 2016, arXiv:1508.07909, as Hugging Face's tokenizers and
/// SentencePiece carry it out: after every single merge all pairs are candidates again.
extension PairTable {
  /// The definition, in plain loops: quadratic, and the judge of the two below.
  package func mergedReference(_ symbols: [Int32]) -> [Int32] {
    var symbols = symbols
    while true {
      var best: (rank: UInt64, index: Int, result: Int32)?
      for index in symbols.indices.dropLast() {
        let value = value(symbols[index], symbols[index + 1])
        guard value != Self.none, best.map({ value >> 32 < $0.rank }) ?? true else { continue }
        best = (value >> 32, index, Int32(truncatingIfNeeded: value))
      }
      guard let best else { return symbols }
      symbols[best.index] = best.result
      symbols.remove(at: best.index + 1)
    }
  }

  /// Merges a short word in place, keeping the value of every neighbouring pair.
  ///
  /// - Returns: How many symbols are left.
  package func mergeShort(
    _ symbols: UnsafeMutablePointer<Int32>, count: Int, values: UnsafeMutablePointer<UInt64>
  ) -> Int {
    var count = count
    guard count > 1 else { return count }
    for index in 0..<count - 1 { values[index] = value(symbols[index], symbols[index + 1]) }
    while count > 1 {
      var best = 0
      var bestRank = values[0] >> 32
      for index in 1..<max(count - 1, 1) where values[index] >> 32 < bestRank {
        best = index
        bestRank = values[index] >> 32
      }
      guard values[best] != Self.none else { break }
      symbols[best] = Int32(truncatingIfNeeded: values[best])
      count -= 1
      for index in best + 1..<max(count, best + 1) {
        symbols[index] = symbols[index + 1]
        values[index - 1] = values[index]
      }
      if best > 0 { values[best - 1] = value(symbols[best - 1], symbols[best]) }
      if best + 1 < count { values[best] = value(symbols[best], symbols[best + 1]) }
    }
    return count
  }
}
