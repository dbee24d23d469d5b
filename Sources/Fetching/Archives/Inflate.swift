/// Unpacks what DEFLATE packed.
///
/// Codes are read bit by bit against the counts of each length, which is short and quick enough for the
/// few megabytes that are unpacked here.
///
/// Source: RFC 1951; the letters below are its words.
struct Inflate {
  /// Why packed bytes cannot be unpacked.
  struct Failure: Error, Equatable {
    let reason: String
  }

  private let packed: [UInt8]
  private let limit: Int
  private var position = 0
  private var bits: UInt32 = 0
  private var bitCount = 0
  private var output: [UInt8] = []

  private init(_ packed: [UInt8], limit: Int) {
    self.packed = packed
    self.limit = limit
    output.reserveCapacity(limit)
  }

  /// Unpacks bytes.
  ///
  /// - Parameters:
  ///   - packed: Blocks up to the last one; what follows it is not looked at.
  ///   - limit: More bytes than this are refused, so that a small file cannot fill the memory.
  /// - Returns: What was packed.
  /// - Throws: `Failure`, for damaged bytes.
  static func unpacked(_ packed: [UInt8], limit: Int) throws(Failure) -> [UInt8] {
    var inflate = Inflate(packed, limit: limit)
    while try !inflate.takeBlock() {}
    return inflate.output
  }

  /// Reads a block; whether it was the last.
  private mutating func takeBlock() throws(Failure) -> Bool {
    let isLast = try take(1) == 1
    switch try take(2) {
    case 0: try takeStored()
    case 1: try takeCodes(Self.fixedLiterals, Self.fixedDistances)
    case 2:
      let (literals, distances) = try takeTables()
      try takeCodes(literals, distances)
    default: throw Failure(reason: "a block of no known kind")
    }
    return isLast
  }

  private mutating func takeStored() throws(Failure) {
    (bits, bitCount) = (0, 0)  // the rest of the byte is filling
    guard position + 4 <= packed.count else { throw Self.endsEarly }
    let count = Int(packed[position]) | Int(packed[position + 1]) << 8
    let check = Int(packed[position + 2]) | Int(packed[position + 3]) << 8
    guard count == ~check & 0xFFFF else { throw Failure(reason: "a block's length is damaged") }
    position += 4
    guard position + count <= packed.count else { throw Self.endsEarly }
    guard output.count + count <= limit else { throw Self.tooLong }
    output += packed[position..<position + count]
    position += count
  }

  /// Reads the codes of a block of dynamic codes, which are packed themselves.
  private mutating func takeTables() throws(Failure) -> (PrefixCode, PrefixCode) {
    let literalCount = try take(5) + 257
    let distanceCount = try take(5) + 1
    let lengthCount = try take(4) + 4
    guard literalCount <= 286, distanceCount <= 30 else {
      throw Failure(reason: "a block has too many codes")
    }
    let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
    var lengths = [Int](repeating: 0, count: 19)
    for index in 0..<lengthCount { lengths[order[index]] = try take(3) }
    let code = try PrefixCode(lengths: lengths)
    var all: [Int] = []
    while all.count < literalCount + distanceCount {
      let symbol = try takeSymbol(code)
      if symbol < 16 {
        all.append(symbol)
        continue
      }
      guard symbol > 16 || !all.isEmpty else {
        throw Failure(reason: "a code repeats what is not there")
      }
      let (value, count) =
        switch symbol {
        case 16: (all.last ?? 0, try take(2) + 3)
        case 17: (0, try take(3) + 3)
        default: (0, try take(7) + 11)
        }
      all += repeatElement(value, count: count)
    }
    guard all.count == literalCount + distanceCount, all[256] > 0 else {
      throw Failure(reason: "a block's codes are damaged")
    }
    return (
      try PrefixCode(lengths: Array(all[..<literalCount])),
      try PrefixCode(lengths: Array(all[literalCount...]))
    )
  }

  /// Reads literals and copies of what came before, up to the end of the block.
  private mutating func takeCodes(
    _ literals: PrefixCode, _ distances: PrefixCode
  ) throws(Failure) {
    while true {
      let symbol = try takeSymbol(literals)
      if symbol == 256 { return }
      if symbol < 256 {
        guard output.count < limit else { throw Self.tooLong }
        output.append(UInt8(symbol))
        continue
      }
      guard symbol < 286 else { throw Failure(reason: "a length of no known kind") }
      let count = Self.lengths[symbol - 257] + (try take(Self.lengthBits[symbol - 257]))
      let place = try takeSymbol(distances)
      guard place < 30 else { throw Failure(reason: "a distance of no known kind") }
      let distance = Self.distances[place] + (try take(Self.distanceBits[place]))
      guard distance <= output.count else {
        throw Failure(reason: "a copy of what is not there")
      }
      guard output.count + count <= limit else { throw Self.tooLong }
      // One by one: a copy may overlap what it makes.
      for _ in 0..<count { output.append(output[output.count - distance]) }
    }
  }

  /// Reads bits, the lowest first.
  private mutating func take(_ count: Int) throws(Failure) -> Int {
    while bitCount < count {
      guard position < packed.count else { throw Self.endsEarly }
      bits |= UInt32(packed[position]) << UInt32(bitCount)
      position += 1
      bitCount += 8
    }
    let value = bits & ((1 << UInt32(count)) - 1)
    bits >>= UInt32(count)
    bitCount -= count
    return Int(value)
  }

  /// Reads a symbol: bits are added to the code until it is below the end of the codes of its length.
  private mutating func takeSymbol(_ prefix: PrefixCode) throws(Failure) -> Int {
    var (code, first, index) = (0, 0, 0)
    for length in 1...15 {
      code |= try take(1)
      let count = prefix.counts[length]
      if code - count < first { return prefix.symbols[index + code - first] }
      index += count
      first = (first + count) << 1
      code <<= 1
    }
    throw Failure(reason: "a code of no known symbol")
  }

  private static let endsEarly = Failure(reason: "the packed bytes end early")
  private static let tooLong = Failure(reason: "more bytes come out than were announced")

  // RFC 1951, section 3.2.5: what a length or distance begins at, and how many bits are added.
  private static let lengths = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131,
    163, 195, 227, 258,
  ]
  private static let lengthBits = [
    0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
  ]
  private static let distances = [
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537,
    2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577,
  ]
  private static let distanceBits = [
    0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13,
    13,
  ]

  // Section 3.2.6.
  private static let fixedLiterals = PrefixCode(
    complete: [Int](repeating: 8, count: 144) + [Int](repeating: 9, count: 112)
      + [Int](repeating: 7, count: 24) + [Int](repeating: 8, count: 8))
  private static let fixedDistances = PrefixCode(complete: [Int](repeating: 5, count: 30))
}
