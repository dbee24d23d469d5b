internal import Grids
public import Tensors

/// Weight sharing: the weights of a layer fall into 2^b clusters, and each stands for its cluster.
///
/// The second stage of Deep Compression. Levels start evenly spaced between the smallest and the
/// largest weight, so that the few large ones get levels of their own, and Lloyd's iteration moves each
/// to the mean of the weights nearest to it until none changes its cluster. On a line the best clusters
/// can be found exactly, and ``Start/exact`` does so: what linear initialisation leaves on the table.
///
/// Weights that are exactly zero were pruned before, and stay zero: where there are any, one level is 0.
///
/// Source: Han, Mao and Dally 2015, arXiv:1510.00149, section 3.
public struct WeightSharing: Hashable, Sendable {
  /// How clusters are found.
  public enum Start: Hashable, Sendable {
    /// Lloyd's iteration from evenly spaced levels.
    case linear
    /// The least squared error of the weights that were not pruned, by dynamic programming; memory 2^b times the number of weights.
    case exact
  }

  /// The width of an index, 1 to 8.
  public var bits: Int
  /// How many neighbours in a row share a codebook, 0 for the row; nil for one codebook in all.
  public var groupSize: Int?
  /// How clusters are found.
  public var start: Start
  /// The most rounds of Lloyd's iteration.
  public var iterations: Int

  /// How to share; the defaults are the paper's.
  ///
  /// - Parameters:
  ///   - bits: The width of an index, 1 to 8.
  ///   - groupSize: Who shares a codebook, 0 for the row; nil for all.
  ///   - start: How clusters are found.
  ///   - iterations: The most rounds of Lloyd's iteration; it ends by itself long before.
  public init(
    bits: Int = 4, groupSize: Int? = nil, start: Start = .linear, iterations: Int = 1000
  ) {
    self.bits = bits
    self.groupSize = groupSize
    self.start = start
    self.iterations = iterations
  }
}

extension WeightSharing {
  /// What weights became.
  public struct Shared: Sendable {
    /// The index of each weight's level, row-major.
    public let codes: Codes
    /// The levels, one codebook a row, ascending; short ones are filled up with their last level.
    public let codebooks: Matrix
    /// The level of each weight, shape of the weight.
    public let dequantized: Matrix
    /// How many neighbours share a codebook.
    public let shared: Int
    /// The most rounds a codebook took; 0 for exact ones.
    public let rounds: Int
    /// The width of an index.
    public let bits: Int
  }

  /// Refuses settings without meaning.
  func check() throws(QuantizationError) {
    guard (1...8).contains(bits) else { throw .bits(bits, allowed: 1...8, who: "weight sharing") }
    guard iterations >= 0 else {
      throw .parameter(name: "iterations", value: Double(iterations), expected: "0 or more")
    }
  }

  /// Finds the clusters.
  ///
  /// - Parameters:
  ///   - weight: Finite weights.
  ///   - progress: Told now and then what share of the codebooks is done.
  /// - Returns: Indices, codebooks and what they stand for.
  /// - Throws: `QuantizationError.bits`, `.parameter`, `.groupSizeDoesNotDivide`, `.empty`, `.notFinite`.
  public func cluster(
    _ weight: Matrix, progress: ((Double) -> Void)? = nil
  ) throws(QuantizationError) -> Shared {
    try check()
    guard weight.count > 0 else {
      throw .empty(name: "weight", rows: weight.rows, columns: weight.columns)
    }
    try weight.requireFinite(named: "weight")
    var options = LayerOptions()
    options.groupSize = groupSize
    let shared =
      groupSize == nil ? weight.count : try options.resolvedGroupSize(columns: weight.columns)
    let books = weight.count / shared
    let width = 1 << bits
    var codes = [UInt8](repeating: 0, count: weight.count)
    var levels: [Float] = []
    var rounds = 0
    for book in 0..<books {
      let values = Array(weight.elements[book * shared..<(book + 1) * shared])
      let found = self.levels(of: values)
      rounds = max(rounds, found.rounds)
      let codebook = Codebook(levels: found.levels)
      for (index, value) in values.enumerated() {
        codes[book * shared + index] = UInt8(codebook.encode(value))
      }
      levels += found.levels
      levels += [Float](repeating: found.levels.last ?? 0, count: width - found.levels.count)
      progress?(Double(book + 1) / Double(books))
    }
    let dequantized = Matrix(rows: weight.rows, columns: weight.columns) {
      (values: UnsafeMutableBufferPointer<Float>) in
      for index in values.indices {
        values[index] = levels[index / shared * width + Int(codes[index])]
      }
    }
    return Shared(
      codes: Codes(codes),
      codebooks: Matrix(rows: books, columns: width) { levels[$0 * width + $1] },
      dequantized: dequantized, shared: shared, rounds: rounds, bits: bits)
  }

  /// The levels for some weights, ascending and distinct.
  private func levels(of values: [Float]) -> (levels: [Float], rounds: Int) {
    let kept = values.filter { $0 != 0 }.sorted()
    guard let first = kept.first, let last = kept.last else { return ([0], 0) }
    let isPruned = kept.count < values.count
    let count = (1 << bits) - (isPruned ? 1 : 0)
    var levels: [Float]
    var rounds = 0
    switch start {
    case .linear:
      let step = count > 1 ? (Double(last) - Double(first)) / Double(count - 1) : 0
      let even = (0..<count).map { Double(first) + step * Double($0) }
      (levels, rounds) = lloyd(kept, from: count > 1 ? even : [kept.mean])
    case .exact:
      levels = finiteFit { () throws(GridError) in
        try Codebook.kMeans(of: kept, levels: count).levels
      }
    }
    if isPruned { levels.append(0) }
    return (Array(Set(levels)).sorted(), rounds)
  }

  /// Lloyd's iteration on sorted numbers: cut halfway between levels, move levels to the means.
  ///
  /// A level that no number is nearest to stays where it is.
  private func lloyd(
    _ sorted: [Float], from start: [Double]
  ) -> (levels: [Float], rounds: Int) {
    var sums = [0.0]
    sums.reserveCapacity(sorted.count + 1)
    for value in sorted { sums.append(sums[sums.count - 1] + Double(value)) }
    var levels = start
    var cuts: [Int] = []
    for round in 0..<iterations {
      let middles = zip(levels, levels.dropFirst()).map { ($0 + $1) / 2 }
      let next = [0] + middles.map { sorted.countUp(to: $0) } + [sorted.count]
      if next == cuts { return (levels.map { Float($0) }, round) }
      cuts = next
      for index in levels.indices where cuts[index] < cuts[index + 1] {
        let run = Double(cuts[index + 1] - cuts[index])
        levels[index] = (sums[cuts[index + 1]] - sums[cuts[index]]) / run
      }
    }
    return (levels.map { Float($0) }, iterations)
  }
}

extension [Float] {
  fileprivate var mean: Double { reduce(0.0) { $0 + Double($1) } / Double(count) }

  /// How many of ascending numbers are at most a limit.
  fileprivate func countUp(to limit: Double) -> Int {
    var lower = 0
    var upper = count
    while lower < upper {
      let middle = (lower + upper) / 2
      if Double(self[middle]) <= limit { lower = middle + 1 } else { upper = middle }
    }
    return lower
  }
}

extension WeightSharing.Shared {
  /// How often each index occurs.
  public var frequencies: [Int] {
    var frequencies = [Int](repeating: 0, count: 1 << bits)
    for byte in codes.bytes { frequencies[Int(byte)] += 1 }
    return frequencies
  }

  /// What is stored with indices of equal width: indices and 16-bit levels.
  public var storage: StorageCost {
    StorageCost(
      weights: codes.count,
      items: [
        .init("codes", count: codes.count, bitsEach: bits),
        .init("codebooks", count: codebooks.count, bitsEach: 16),
      ])
  }

  /// What is stored with indices in a Huffman code: their bits, the code's lengths and the levels.
  ///
  /// The third stage of Deep Compression.
  ///
  /// - Throws: What ``HuffmanCode/init(frequencies:)`` throws, which indices of a matrix never make it.
  public func huffmanStorage() throws(QuantizationError) -> StorageCost {
    let code = try HuffmanCode(frequencies: frequencies)
    let bits = zip(frequencies, code.lengths).reduce(0) { $0 + $1.0 * $1.1 }
    return StorageCost(
      weights: codes.count,
      items: [
        .init("bits of Huffman-coded codes", count: bits, bitsEach: 1),
        .init("codeword lengths", count: code.lengths.count, bitsEach: 8),
        .init("codebooks", count: codebooks.count, bitsEach: 16),
      ])
  }
}
