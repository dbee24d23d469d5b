import Quantization
import Tensors
import Testing

/// Evidence: by hand and by law.
struct AWQTensorsTests {
  @Test("by hand: eight outputs of one input are the nibbles 0, 2, 4, 6, 1, 3, 5, 7 of a word")
  func order() throws {
    let layer = try AffineLayer(
      bits: 4, rows: 8, columns: 1, codes: [0, 1, 2, 3, 4, 5, 6, 7],
      scales: [Float](repeating: 1, count: 8), zeros: [8, 9, 10, 11, 12, 13, 14, 15])
    let packed = try AWQTensors(layer)
    // Lowest nibble first: 0, 2, 4, 6, 1, 3, 5, 7.
    #expect(UInt32(bitPattern: packed.qweight[0]) == 0x7531_6420)
    #expect(UInt32(bitPattern: packed.qzeros[0]) == 0xFDB9_ECA8)
    #expect(try packed.layer(rows: 8, columns: 1) == layer)
  }

  @Test("by law: packed and read again it is the same layer")
  func roundTrip() throws {
    var generator = SeededGenerator(seed: 3)
    let (rows, columns, groups) = (40, 96, 3)
    let layer = try AffineLayer(
      bits: 4, rows: rows, columns: columns,
      codes: (0..<rows * columns).map { _ in UInt8(generator.below(16)) },
      scales: (0..<rows * groups).map { _ in Float(1 + generator.below(50)) / 256 },
      zeros: (0..<rows * groups).map { _ in UInt8(generator.below(16)) })
    let packed = try AWQTensors(layer)
    #expect(packed.qweight.count == columns * rows / 8)
    #expect(try packed.layer(rows: rows, columns: columns) == layer)
    // Another shape than the tensors': refused, whatever the product.
    for (rows, columns) in [(48, 80), (40, 95), (32, 96), (0, 96), (40, 0), (-8, 4)] {
      #expect(throws: AffineLayerError.self) { try packed.layer(rows: rows, columns: columns) }
    }
  }

  @Test("other widths, act-order's groups and other outputs are refused")
  func refusals() throws {
    func layer(bits: Int, rows: Int, index: [Int]? = nil) throws -> AffineLayer {
      try AffineLayer(
        bits: bits, rows: rows, columns: 4, codes: [UInt8](repeating: 1, count: rows * 4),
        scales: [Float](repeating: 1, count: rows * 2),
        zeros: [UInt8](repeating: 1, count: rows * 2), groupIndex: index)
    }
    #expect(throws: AffineLayerError.self) { try AWQTensors(layer(bits: 3, rows: 8)) }
    #expect(throws: AffineLayerError.self) { try AWQTensors(layer(bits: 4, rows: 12)) }
    #expect(throws: AffineLayerError.self) {
      try AWQTensors(layer(bits: 4, rows: 8, index: [0, 1, 0, 1]))
    }
  }
}
