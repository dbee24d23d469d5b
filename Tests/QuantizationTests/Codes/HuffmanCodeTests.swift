import Quantization
import Tensors
import Testing

@Suite("Huffman codes and packed trits")
struct HuffmanCodeTests {
  @Test("by hand: 5, 2, 1, 1 take 1, 2, 3 and 3 bits")
  func byHand() throws {
    let code = try HuffmanCode(frequencies: [5, 2, 1, 1])
    #expect(code.lengths == [1, 2, 3, 3])
    #expect((0..<4).map(code.codeword) == ["0", "10", "110", "111"])
    #expect(code.meanBits([5, 2, 1, 1]) == 15.0 / 9)
    // a b c d: 0 10 110 111, and 110 111 0: 0101 1011 | 1 and so on.
    let encoded = try code.encode([0, 1, 2, 3])
    #expect(encoded.bitCount == 9 && encoded.bytes == [0b0101_1011, 0b1000_0000])
    #expect(try code.decode(encoded) == [0, 1, 2, 3])
  }

  @Test("by hand: one symbol needs no bits, a symbol that never occurs no codeword")
  func fewSymbols() throws {
    let single = try HuffmanCode(frequencies: [0, 7, 0])
    #expect(single.lengths == [0, 0, 0])
    let encoded = try single.encode([1, 1, 1])
    #expect(encoded.bitCount == 0 && encoded.bytes.isEmpty)
    #expect(try single.decode(encoded) == [1, 1, 1])
    let two = try HuffmanCode(frequencies: [3, 0, 1])
    #expect(two.lengths == [1, 0, 1] && two.codeword(1).isEmpty)
    #expect(throws: QuantizationError.self) { try two.encode([0, 1]) }
  }

  @Test("by law: entropy ≤ mean bits < entropy + 1, Kraft's sum is 1, and what goes in comes out")
  func bounds() throws {
    var generator = SeededGenerator(seed: 9)
    for _ in 0..<60 {
      let kinds = 2 + generator.below(255)
      let steepness = generator.uniform() * 6
      let symbols = (0..<3000).map { _ in
        var place = generator.uniform()
        for _ in 0..<Int(steepness) { place *= generator.uniform() }
        return Int(place * Double(kinds))
      }
      let code = try HuffmanCode(for: symbols, of: kinds)
      var frequencies = [Int](repeating: 0, count: kinds)
      for symbol in symbols { frequencies[symbol] += 1 }
      let mean = code.meanBits(frequencies)
      let entropy = HuffmanCode.entropy(frequencies)
      #expect(entropy <= mean + 1e-12 && mean < entropy + 1)
      let present = code.lengths.filter { $0 > 0 }
      if present.count > 1 {
        #expect(present.reduce(0.0) { $0 + 1 / Double(1 << $1) } == 1)
      }
      let encoded = try code.encode(symbols)
      #expect(Double(encoded.bitCount) == (mean * 3000).rounded())
      #expect(try code.decode(encoded) == symbols)
    }
  }

  @Test("by second implementation: no code of four symbols is shorter")
  func optimal() throws {
    // Every way to give four symbols lengths 1 to 3 that fit a prefix code.
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<50 {
      let frequencies = (0..<4).map { _ in 1 + generator.below(40) }
      let best = try HuffmanCode(frequencies: frequencies).meanBits(frequencies)
      let total = Double(frequencies.reduce(0, +))
      for number in 0..<81 {
        let lengths = [number % 3, number / 3 % 3, number / 9 % 3, number / 27].map { $0 + 1 }
        guard lengths.reduce(0.0, { $0 + 1 / Double(1 << $1) }) <= 1 else { continue }
        let bits = zip(frequencies, lengths).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(best <= Double(bits) / total + 1e-12)
      }
    }
  }

  @Test("hostile: lopsided frequencies, broken streams, nothing to encode")
  func hostile() throws {
    var frequencies = [1, 1]
    while frequencies.count < 58 { frequencies.append(frequencies.suffix(2).reduce(0, +)) }
    let deep = try HuffmanCode(frequencies: frequencies)  // Fibonacci: as deep as it gets
    #expect(deep.lengths[0] == 57)
    let symbols = [0, 57, 1, 30]
    let encoded = try deep.encode(symbols)
    #expect(try deep.decode(encoded) == symbols)
    #expect(throws: QuantizationError.self) {
      try deep.decode(.init(bytes: encoded.bytes, bitCount: encoded.bitCount - 1, count: 4))
    }
    #expect(throws: QuantizationError.self) {
      try deep.decode(.init(bytes: encoded.bytes, bitCount: encoded.bitCount, count: 3))
    }
    #expect(throws: QuantizationError.self) {
      try deep.decode(.init(bytes: [], bitCount: 9, count: 1))
    }
    #expect(throws: QuantizationError.self) { try HuffmanCode(frequencies: []) }
    #expect(throws: QuantizationError.self) { try HuffmanCode(frequencies: [0, 0]) }
    #expect(throws: QuantizationError.self) { try HuffmanCode(frequencies: [1, -1]) }
    #expect(throws: QuantizationError.self) { try HuffmanCode(frequencies: [1 << 43, 1 << 43]) }
    #expect(throws: QuantizationError.self) { try HuffmanCode(for: [0, 4], of: 4) }
  }

  @Test("by hand: five trits a byte, and every row begins a byte")
  func trits() throws {
    // (2 0 1 2 1) = 162 + 0 + 9 + 6 + 1 = 178; the other two and three zeros: 162 + 0 + 9 + 3 + 1 = 175.
    let codes: Codes = [1, -1, 0, 1, 0, 1, -1]
    let packed = try PackedTrits(codes, rows: 1, columns: 7)
    #expect(packed.bytes == [178, 175])
    #expect(packed.unpacked() == codes)
    let many = Matrix(rows: 7, columns: 23, drawnFrom: .normal(), seed: 2)
    let ternary = try BitNetWeights.ternary(many).codes
    let rows = try PackedTrits(ternary, rows: 7, columns: 23)
    #expect(rows.bytesPerRow == 5 && rows.bytes.count == 35)
    #expect(rows.unpacked() == ternary)
    #expect(throws: QuantizationError.codeOutsideGrid(code: 2, index: 1, allowed: -1...1)) {
      try PackedTrits([0, 2], rows: 1, columns: 2)
    }
    #expect(throws: QuantizationError.self) { try PackedTrits([0], rows: 1, columns: 2) }
  }
}
