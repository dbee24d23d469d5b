#if canImport(Glibc)
import Glibc
#endif

/// The shortest prefix code for symbols that occur so and so often.
///
/// Codes of a quantized matrix are far from equally frequent: the middle of a grid is crowded. A
/// Huffman code gives frequent codes few bits and rare ones many, and no code that spends whole bits
/// on each symbol is shorter: entropy ≤ ``meanBits(_:)`` < entropy + 1. It is canonical: the lengths
/// alone say which bits stand for which symbol, so lengths are all a file has to hold besides.
///
/// Edge cases: a symbol that does not occur has no codeword; where only one symbol occurs its codeword
/// is empty, and the number of symbols alone says what was stored.
///
/// Source: Huffman 1952, Proceedings of the IRE 40(9); for shared weights Han et al. 2015,
/// arXiv:1510.00149, section 4.
public struct HuffmanCode: Hashable, Sendable {
  /// The length of each symbol's codeword in bits; 0 where it has none or an empty one.
  public let lengths: [Int]
  /// Symbols that have a codeword, shortest first, of equal length the smaller first.
  private let order: [Int]
  /// The codeword of each symbol, in its lowest bits.
  private let codewords: [UInt64]
  /// Symbols whose codeword was asked for: those that occur.
  private let occurs: [Bool]

  /// The code for given frequencies.
  ///
  /// - Parameter frequencies: How often each symbol 0, 1, 2, … occurs; 1 to 65,536 symbols.
  /// - Throws: `QuantizationError.empty` where no symbol occurs, `.parameter` for a negative frequency
  ///   or a total of 2⁴⁴ or more, from where a codeword could outgrow 64 bits.
  public init(frequencies: [Int]) throws(QuantizationError) {
    var total = 0
    for (symbol, frequency) in frequencies.enumerated() {
      guard frequency >= 0, frequency < 1 << 44 else {
        throw .parameter(
          name: "the frequency of symbol \(symbol)", value: Double(frequency),
          expected: "0 to 2^44 − 1")
      }
      total = min(total + frequency, 1 << 44)
    }
    guard total > 0 else { throw .empty(name: "frequencies", rows: 1, columns: 0) }
    guard total < 1 << 44, frequencies.count <= 1 << 16 else {
      throw .parameter(
        name: "the number of symbols", value: Double(max(total, frequencies.count)),
        expected: "at most 65,536 kinds, and fewer than 2^44 in all")
    }
    let lengths = Self.lengths(frequencies)
    self.lengths = lengths
    occurs = frequencies.map { $0 > 0 }
    order = lengths.indices.filter { lengths[$0] > 0 }.sorted {
      (lengths[$0], $0) < (lengths[$1], $1)
    }
    // Canonical codewords: count upwards, a zero appended wherever the length grows.
    var codewords = [UInt64](repeating: 0, count: lengths.count)
    var next: UInt64 = 0
    var length = 0
    for symbol in order {
      next <<= UInt64(lengths[symbol] - length)
      length = lengths[symbol]
      codewords[symbol] = next
      next += 1
    }
    self.codewords = codewords
  }

  /// The code for the symbols of a list.
  ///
  /// - Parameters:
  ///   - symbols: What will be encoded, each 0 or more (a precondition).
  ///   - count: How many symbols there are.
  /// - Throws: What ``init(frequencies:)`` throws, and `.codeOutsideGrid` for a symbol that is too large.
  public init(for symbols: some Sequence<Int>, of count: Int) throws(QuantizationError) {
    var frequencies = [Int](repeating: 0, count: count)
    for (index, symbol) in symbols.enumerated() {
      guard frequencies.indices.contains(symbol) else {
        throw .codeOutsideGrid(code: symbol, index: index, allowed: 0...max(count - 1, 0))
      }
      frequencies[symbol] += 1
    }
    try self.init(frequencies: frequencies)
  }

  /// The bits that stand for a symbol, as one writes them: `110`.
  ///
  /// - Parameter symbol: One of the symbols.
  /// - Returns: The codeword; empty where there is none.
  public func codeword(_ symbol: Int) -> String {
    let digits = String(codewords[symbol], radix: 2)
    return lengths[symbol] == 0
      ? "" : String(repeating: "0", count: lengths[symbol] - digits.count) + digits
  }

  /// Bits a symbol takes on average.
  ///
  /// - Parameter frequencies: How often each symbol occurs.
  /// - Returns: Σ frequency × length over Σ frequency; 0 where nothing occurs.
  public func meanBits(_ frequencies: [Int]) -> Double {
    let total = frequencies.reduce(0, +)
    let bits = zip(frequencies, lengths).reduce(0) { $0 + $1.0 * $1.1 }
    return total > 0 ? Double(bits) / Double(total) : 0
  }

  /// The entropy of frequencies in bits a symbol: what no code can go below.
  ///
  /// - Parameter frequencies: How often each symbol occurs.
  /// - Returns: −Σ p log₂ p; 0 where nothing occurs.
  public static func entropy(_ frequencies: [Int]) -> Double {
    let total = Double(frequencies.reduce(0, +))
    return frequencies.reduce(0.0) { sum, frequency in
      guard frequency > 0 else { return sum }
      let share = Double(frequency) / total
      return sum - share * log2(share)
    }
  }

  /// The lengths of the best code: the two rarest trees are joined until one is left.
  ///
  /// Leaves sorted once and joined trees appear in ascending order, so two queues do for a heap; of
  /// equals a leaf goes first, which keeps the longest codeword as short as it can be.
  private static func lengths(_ frequencies: [Int]) -> [Int] {
    let leaves = frequencies.indices.filter { frequencies[$0] > 0 }
      .sorted { (frequencies[$0], $0) < (frequencies[$1], $1) }
    var weights = leaves.map { frequencies[$0] }
    var parents = [Int](repeating: -1, count: max(2 * leaves.count - 1, 0))
    var leaf = 0
    var tree = leaves.count
    func rarest() -> Int {
      if leaf < leaves.count, tree == weights.count || weights[leaf] <= weights[tree] {
        leaf += 1
        return leaf - 1
      }
      tree += 1
      return tree - 1
    }
    while weights.count < parents.count {
      let pair = (rarest(), rarest())
      parents[pair.0] = weights.count
      parents[pair.1] = weights.count
      weights.append(weights[pair.0] + weights[pair.1])
    }
    // Parents come after their children, so depths follow from the root down.
    var depths = [Int](repeating: 0, count: parents.count)
    for node in parents.indices.dropLast().reversed() { depths[node] = depths[parents[node]] + 1 }
    var lengths = [Int](repeating: 0, count: frequencies.count)
    for (place, symbol) in leaves.enumerated() { lengths[symbol] = depths[place] }
    return lengths
  }
}

extension HuffmanCode {
  /// Symbols as a stream of bits.
  public struct Encoded: Hashable, Sendable {
    /// The stream, first bit highest, the last byte filled up with zeros.
    public let bytes: [UInt8]
    /// How many bits of it count.
    public let bitCount: Int
    /// How many symbols it holds.
    public let count: Int

    /// A stream from its parts.
    ///
    /// - Parameters:
    ///   - bytes: The stream, first bit highest.
    ///   - bitCount: How many bits of it count.
    ///   - count: How many symbols it holds.
    public init(bytes: [UInt8], bitCount: Int, count: Int) {
      self.bytes = bytes
      self.bitCount = bitCount
      self.count = count
    }
  }

  /// Writes symbols one after another.
  ///
  /// - Parameter symbols: Symbols that the code was made for.
  /// - Returns: The stream.
  /// - Throws: `QuantizationError.parameter` for a symbol without a codeword.
  public func encode(_ symbols: some Sequence<Int>) throws(QuantizationError) -> Encoded {
    var bytes: [UInt8] = []
    var byte: UInt8 = 0
    var bitCount = 0
    var count = 0
    for symbol in symbols {
      guard occurs.indices.contains(symbol), occurs[symbol] else {
        throw .parameter(
          name: "symbol \(count)", value: Double(symbol), expected: "one that the code was made for"
        )
      }
      for place in (0..<lengths[symbol]).reversed() {
        byte = byte << 1 | UInt8(codewords[symbol] >> UInt64(place) & 1)
        bitCount += 1
        if bitCount % 8 == 0 {
          bytes.append(byte)
          byte = 0
        }
      }
      count += 1
    }
    if bitCount % 8 > 0 { bytes.append(byte << UInt8(8 - bitCount % 8)) }
    return Encoded(bytes: bytes, bitCount: bitCount, count: count)
  }

  /// Reads the symbols again.
  ///
  /// - Parameter encoded: What ``encode(_:)`` returned, or a stream from outside.
  /// - Returns: As many symbols as it says it holds.
  /// - Throws: `QuantizationError.countMismatch` for a stream that ends too early or is too long.
  public func decode(_ encoded: Encoded) throws(QuantizationError) -> [Int] {
    guard encoded.bitCount >= 0, encoded.bitCount <= 8 * encoded.bytes.count, encoded.count >= 0
    else {
      throw .countMismatch(
        what: "bits", found: 8 * encoded.bytes.count, expected: encoded.bitCount)
    }
    guard !order.isEmpty else {  // one symbol, no bits
      guard encoded.bitCount == 0 else {
        throw .countMismatch(what: "bits", found: encoded.bitCount, expected: 0)
      }
      return [Int](repeating: occurs.firstIndex(of: true) ?? 0, count: encoded.count)
    }
    let ranges = lengthRanges
    var symbols: [Int] = []
    var position = 0
    while symbols.count < encoded.count {
      var word: UInt64 = 0
      var length = 0
      var found: Int?
      while found == nil, position < encoded.bitCount {
        word = word << 1 | UInt64(encoded.bytes[position / 8] >> UInt8(7 - position % 8) & 1)
        position += 1
        length += 1
        if let range = ranges[length], word >= range.first, word - range.first < UInt64(range.count)
        {
          found = order[range.start + Int(word - range.first)]
        }
      }
      guard let found else {
        throw .countMismatch(what: "symbols", found: symbols.count, expected: encoded.count)
      }
      symbols.append(found)
    }
    guard position == encoded.bitCount else {
      throw .countMismatch(what: "bits", found: encoded.bitCount, expected: position)
    }
    return symbols
  }

  /// For each length: its first codeword, the place of that in the order, and how many there are.
  private var lengthRanges: [Int: (first: UInt64, start: Int, count: Int)] {
    var ranges: [Int: (first: UInt64, start: Int, count: Int)] = [:]
    for (place, symbol) in order.enumerated() {
      let length = lengths[symbol]
      let range = ranges[length] ?? (codewords[symbol], place, 0)
      ranges[length] = (range.first, range.start, range.count + 1)
    }
    return ranges
  }
}
