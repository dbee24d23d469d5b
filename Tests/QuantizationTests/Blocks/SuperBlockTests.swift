import Foundation
import Quantization
import Tensors
import TestSupport
import Testing

@Suite("K-quants, block by block")
struct SuperBlockTests {
  @Test("by hand: a Q4_K block of four numbers that matter")
  func handMadeBlock() throws {
    var bytes = [UInt8](repeating: 0, count: 144)
    bytes[0...3] = [0x00, 0x38, 0x00, 0x34]  // fp16 0.5 and 0.25: d and dmin
    bytes[4] = 3 | 0b10 << 6  // scale 0 is 3; upper bits of scale 4 are 10
    bytes[8] = 5 | 0b01 << 6  // minimum 0 is 5; upper bits of minimum 4 are 01
    bytes[12] = 0b1001 | 0b0110 << 4  // the low halves of scale 4 and minimum 4
    bytes[16] = 0xC7  // weight 0 has code 7, weight 32 has code 12
    bytes[16 + 64] = 0x0B  // weight 128, the first of sub-block 4, has code 11
    let block = try SuperBlock(bytes, layout: .q4K)
    #expect(block.scale == 0.5 && block.minimumScale == 0.25)
    #expect(block.scales == [3, 0, 0, 0, 0b10_1001, 0, 0, 0])
    #expect(block.minima == [5, 0, 0, 0, 0b01_0110, 0, 0, 0])
    #expect(block.codes[0] == 7 && block.codes[32] == 12 && block.codes[128] == 11)
    #expect(block.scale(of: 4) == 20.5 && block.minimum(of: 4) == 5.5)
    #expect(block.values[0] == 0.5 * 3 * 7 - 0.25 * 5)  // 9.25
    #expect(block.values[32] == 0)  // its scale is 0
    #expect(block.values[128] == 0.5 * 41 * 11 - 0.25 * 22)  // 220
    #expect(block.values[129] == -5.5)
  }

  @Test("by hand: where Q2_K, Q3_K, Q5_K and Q6_K keep weight 233")
  func places() throws {
    // 233 = 128 + 3 · 32 + 9: byte 9 of the second half, the plane of the highest bits.
    func code(_ layout: SuperBlockLayout, _ changes: [(Int, UInt8)]) throws -> Int {
      var bytes = [UInt8](repeating: 0, count: layout.bytesPerBlock)
      for (place, byte) in changes { bytes[place] = byte }
      let codes = try SuperBlock(bytes, layout: layout).codes
      #expect(Set(codes.enumerated().filter { $0.offset != 233 }.map(\.element)).count == 1)
      return codes[233]
    }
    #expect(try code(.q2K, [(16 + 32 + 9, 0b10 << 6)]) == 2)
    #expect(try code(.q3K, [(32 + 32 + 9, 0b11 << 6), (9, 1 << 7)]) == 0b111 - 4)
    #expect(try code(.q5K, [(48 + 96 + 9, 0x60), (16 + 9, 1 << 7)]) == 16 + 6)
    #expect(try code(.q6K, [(64 + 32 + 9, 0x50), (128 + 32 + 9, 0b01 << 6)]) == 16 + 5 - 32)
  }

  @Test("by hand: the sixteen 6-bit scales of Q3_K, 32 taken off")
  func signedScales() throws {
    var bytes = [UInt8](repeating: 0, count: 110)
    bytes[96 + 5] = 0x1A  // low halves: 10 of scale 5, 1 of scale 13
    bytes[96 + 8 + 1] = 0b11_00_10_00  // upper bits: 10 of scale 5, 11 of scale 13
    bytes[96 + 8 + 2] = 0b01  // upper bits of scale 2
    let scales = try SuperBlock(bytes, layout: .q3K).scales
    #expect(scales[5] == 32 + 10 - 32 && scales[13] == 48 + 1 - 32 && scales[2] == 16 - 32)
    #expect(scales.filter { $0 == -32 }.count == 13)
  }

  @Test("by hand: Q8_K puts the extreme on −127 and sums every sixteen codes")
  func eightBits() throws {
    var row = [Float](repeating: 1, count: 256)
    row[20] = -12.7
    let bytes = try BlockFormat(named: "q8_k").encoded(row)
    let codes = bytes[4..<260].map { Int8(bitPattern: $0) }
    #expect(codes[20] == -127 && codes[0] == 10)  // −127/−12.7 is ten codes for 1
    #expect(bytes[260] == 160 && bytes[261] == 0)
    let second = Int16(bitPattern: UInt16(bytes[262]) | UInt16(bytes[263]) << 8)
    #expect(second == 15 * 10 - 127)
  }

  @Test("by law: any bytes come back from their parts", arguments: SuperBlockLayout.all)
  func roundTrip(layout: SuperBlockLayout) throws {
    var generator = SeededGenerator(seed: 11)
    for _ in 0..<50 {
      let bytes = (0..<layout.bytesPerBlock).map { _ in
        UInt8.random(in: .min ... .max, using: &generator)
      }
      let block = try SuperBlock(bytes, layout: layout)
      guard block.scale.isFinite, block.minimumScale.isFinite else { continue }
      #expect(block.bytes(layout: layout) == bytes)
      #expect(try BlockFormat(named: layout.name).decoded(bytes) == block.values)
    }
  }

  @Test("by law: a block fitted alone is the format's block", arguments: SuperBlockLayout.all)
  func fitted(layout: SuperBlockLayout) throws {
    let row = Matrix(rows: 1, columns: 256, drawnFrom: .normal(deviation: 0.02), seed: 4).elements
    let importance = row.map { 1 + $0 }
    let format = try BlockFormat(named: layout.name)
    #expect(
      try SuperBlock(fitting: row, layout: layout).bytes(layout: layout) == format.encoded(row))
    #expect(
      try SuperBlock(fitting: row, importance: importance, layout: layout).bytes(layout: layout)
        == format.encoded(row, importance: importance))
  }

  @Test("too few bytes are refused")
  func tooFewBytes() {
    #expect(throws: QuantizationError.self) {
      try SuperBlock([UInt8](repeating: 0, count: 143), layout: .q4K)
    }
  }

  @Test(
    "golden: an importance of zeros gives llama.cpp's bytes where scales turn negative",
    arguments: SuperBlockLayout.all)
  func sparseImportance(layout: SuperBlockLayout) throws {
    let file = try SafetensorsFile(
      path: TestFiles.golden("blocks/sparse-importance.safetensors").path)
    let values = try file.matrix(named: "values")
    let importance = try file.matrix(named: "importance")
    let expected = try file.integers(named: layout.name).map { UInt8($0) }
    let format = try BlockFormat(named: layout.name)
    let size = format.bytesPerRow(columns: values.columns)
    for row in 0..<values.rows {
      let stored = Array(expected[row * size..<(row + 1) * size])
      let weights = importance.row(row)
      #expect(try format.encoded(values.row(row), importance: weights) == stored, "row \(row)")
      #expect(
        try format.encodedReference(values.row(row), importance: weights) == stored, "row \(row)")
    }
  }
}
