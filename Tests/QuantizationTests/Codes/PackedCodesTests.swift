import Quantization
import Tensors
import Testing

@Suite("Packed codes")
struct PackedCodesTests {
  @Test("by hand: the first nibble is the lowest, or the highest for bitsandbytes")
  func nibbles() throws {
    let codes: Codes = [1, 2, 15]
    let low = try PackedCodes(codes, rows: 1, columns: 3, bits: 4)
    #expect(low.bytes == [0x21, 0x0F])
    let high = try PackedCodes(codes, rows: 1, columns: 3, bits: 4, order: .highestFirst)
    #expect(high.bytes == [0x12, 0xF0])
  }

  @Test("by hand: three-bit codes cross bytes, and each row starts on one")
  func threeBits() throws {
    // 1, 2, 7 lowest first: 001 | 010 << 3 | 111 << 6 = 1 + 16 + 448 = 465 = 0x1D1.
    let packed = try PackedCodes([1, 2, 7, 0, 0, 5], rows: 2, columns: 3, bits: 3)
    #expect(packed.bytes == [0xD1, 0x01, 0x40, 0x01])  // 5 << 6 = 320 = 0x140
    #expect(packed.bytesPerRow == 2)
    // Highest first: 001 010 11|1 = 0x2B, 0x80.
    let high = try PackedCodes([1, 2, 7], rows: 1, columns: 3, bits: 3, order: .highestFirst)
    #expect(high.bytes == [0x2B, 0x80])
  }

  @Test("by law: what is packed comes back, at every width, order and sign", arguments: 1...8)
  func roundTrip(bits: Int) throws {
    var generator = SeededGenerator(seed: UInt64(bits))
    for columns in [1, 2, 3, 7, 8, 9, 31, 64] {
      for isSigned in [false, true] {
        let lowest = isSigned ? -(1 << (bits - 1)) : 0
        let codes = Codes(
          (0..<3 * columns).map { _ in lowest + generator.below(1 << bits) }, isSigned: isSigned)
        for order in [PackedCodes.BitOrder.lowestFirst, .highestFirst] {
          let packed = try PackedCodes(codes, rows: 3, columns: columns, bits: bits, order: order)
          #expect(packed.bytes.count == 3 * ((columns * bits + 7) / 8))
          #expect(packed.unpacked() == codes)
        }
      }
    }
  }

  @Test(
    "by second implementation: bit i of a row is where a stream of bits puts it", arguments: 1...8)
  func bitStream(bits: Int) throws {
    let codes = Codes((0..<29).map { ($0 * 37 + 11) % (1 << bits) }, isSigned: false)
    let packed = try PackedCodes(codes, rows: 1, columns: 29, bits: bits)
    for (index, code) in codes.enumerated() {
      for bit in 0..<bits {
        let place = index * bits + bit
        #expect(Int(packed.bytes[place / 8]) >> (place % 8) & 1 == code >> bit & 1)
      }
    }
  }

  @Test("by second implementation: eight codes at a time are as one at a time", arguments: 1...8)
  func reference(bits: Int) throws {
    var generator = SeededGenerator(seed: UInt64(bits))
    // Rows shorter than eight, of eight, and across; one row, and so many that the last one ends.
    for (rows, columns) in [(1, 1), (5, 3), (1, 8), (3, 8), (4, 13), (7, 64), (2, 1001)] {
      for isSigned in [false, true] {
        let lowest = isSigned ? -(1 << (bits - 1)) : 0
        let codes = Codes(
          (0..<rows * columns).map { _ in lowest + generator.below(1 << bits) }, isSigned: isSigned)
        for order in [PackedCodes.BitOrder.lowestFirst, .highestFirst] {
          let packed = try PackedCodes(
            codes, rows: rows, columns: columns, bits: bits, order: order)
          #expect(
            packed.bytes
              == PackedCodes.packedReference(
                codes, rows: rows, columns: columns, bits: bits, order: order))
          #expect(packed.unpackedReference() == codes)
          #expect(packed.unpacked() == codes)
        }
      }
    }
    #expect(try PackedCodes(Codes([UInt8]()), rows: 0, columns: 5, bits: bits).bytes.isEmpty)
    #expect(try PackedCodes(Codes([UInt8]()), rows: 5, columns: 0, bits: bits).unpacked().isEmpty)
  }

  @Test("by hand: a misfit is found wherever it is, also far into a list", arguments: 1...7)
  func misfits(bits: Int) throws {
    for place in [0, 1, 4095, 4096, 9_999] {
      for (isSigned, code) in [(false, 1 << bits), (true, 1 << (bits - 1)), (true, -128)] {
        guard bits < 7 || code < 128 else { continue }
        var codes = [Int](repeating: 0, count: 10_000)
        codes[place] = code
        let error = #expect(throws: QuantizationError.self) {
          try PackedCodes(
            Codes(codes, isSigned: isSigned), rows: 10, columns: 1000, bits: bits)
        }
        guard case .codeOutsideGrid(let found, let index, let allowed) = error else {
          Issue.record("\(String(describing: error))")
          continue
        }
        #expect(found == code && index == place && !allowed.contains(code))
      }
    }
  }

  @Test("by hand: a code that does not fit and a count that does not match are refused")
  func refusals() {
    #expect(throws: QuantizationError.codeOutsideGrid(code: 8, index: 1, allowed: 0...7)) {
      try PackedCodes([7, 8], rows: 1, columns: 2, bits: 3)
    }
    #expect(throws: QuantizationError.codeOutsideGrid(code: -5, index: 0, allowed: -4...3)) {
      try PackedCodes([-5, 3], rows: 1, columns: 2, bits: 3)
    }
    #expect(throws: QuantizationError.countMismatch(what: "codes", found: 2, expected: 6)) {
      try PackedCodes([7, 1], rows: 2, columns: 3, bits: 3)
    }
  }
}

@Suite("Storage, by hand")
struct StorageCostTests {
  private let weight = Matrix(rows: 4, columns: 128, drawnFrom: .normal(), seed: 2)

  @Test("a symmetric group of 128 costs 16 bits more, an asymmetric one its zero point too")
  func groups() throws {
    let symmetric = try weight.roundedToNearest(QuantizationScheme(bits: 4, groupSize: 128))
    #expect(symmetric.bitsPerWeight == 4.125)
    #expect(
      symmetric.storage.description == "codes 512 × 4 + scales 4 × 16 = 2112 bits, 4.125 a weight")
    let asymmetric = try weight.roundedToNearest(QuantizationScheme(bits: 4))
    #expect(asymmetric.bitsPerWeight == 4 + 20.0 / 128)
    let small = try weight.roundedToNearest(QuantizationScheme(bits: 3, granularity: .group(16)))
    #expect(small.bitsPerWeight == 3 + 19.0 / 16)
  }

  @Test("NF4 costs 4.5 bits, with double quantization 4.127 and an offset")
  func blocks() throws {
    // 16 × 1024 weights are 256 blocks of 64 and one block of 256 scales.
    let large = Matrix(rows: 16, columns: 1024, drawnFrom: .normal(), seed: 2)
    let plain = try large.quantizedInBlocks(.normalFloat4)
    #expect(plain.storage.bitsPerWeight == 4.5)
    let double = plain.doublyQuantized()
    let offset = 32.0 / 16_384
    #expect(double.storage.bitsPerWeight == 4 + 8.0 / 64 + 32.0 / (64 * 256) + offset)
    #expect(double.storage.bytes == 8192 + 256 + 4 + 4)
  }
}
