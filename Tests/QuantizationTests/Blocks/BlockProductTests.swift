import Quantization
import Tensors
import Testing

/// Evidence: by second implementation (the formula, run by run, in double precision).
struct BlockProductTests {
  /// What rounding may do to a sum of products in single precision, as a fraction of all magnitudes.
  ///
  /// Sixteen lanes each add a sixteenth of the terms, then meet in four steps; a scale, a zero and what
  /// multiplies them are rounded a few times more. Each step is half a unit in the last place, 2⁻²⁴.
  static func tolerance(columns: Int) -> Double {
    Double(columns / 16 + 24) * 0x1p-24
  }

  /// What the kernels of these formats add to each code and take off again, both ways: 1 + code/16 and
  /// 1 + code/64 are what their registers hold, and Q6_K's 32 goes with its 64.
  static func offset(_ name: String) -> Double {
    switch name {
    case "q4_k": 2 * 16
    case "q6_k": 64 + 96
    default: 0
    }
  }

  @Test(
    "a row of blocks times a vector is what the codes say", arguments: BlockFormat.all.map(\.name),
    [1, 3])
  func products(name: String, blocks: Int) throws {
    let format = try BlockFormat(named: name)
    let columns = 256 * blocks
    for (rows, seed) in [(1, 1), (5, 2)] as [(Int, UInt64)] {
      let weight = Matrix(
        rows: rows, columns: columns, drawnFrom: .normal(mean: 0.02, deviation: 0.1), seed: seed)
      let stored = try format.quantized(weight)
      // A mean far from 0, so that offsets and minima matter.
      let vector = Matrix(
        rows: 1, columns: columns, drawnFrom: .normal(mean: 0.5, deviation: 1), seed: seed + 7
      ).elements
      let products = Self.products(format, stored.bytes, rows, vector)
      for row in 0..<rows {
        let bytes = Array(stored.bytes[row * stored.bytesPerRow..<(row + 1) * stored.bytesPerRow])
        let (expected, magnitude) = try format.productReference(
          bytes, vector, offset: Self.offset(name))
        #expect(
          abs(Double(products[row]) - expected) <= Self.tolerance(columns: columns) * magnitude)
        #expect(magnitude > 1)  // or the line above would say nothing
      }
    }
  }

  @Test(
    "any bytes that are finite numbers: the same as decoded first",
    arguments: ["q4_0", "q8_0", "q4_k", "q6_k"])
  func anyBytes(name: String) throws {
    let format = try BlockFormat(named: name)
    var random = SeededGenerator(seed: 3)
    let columns = 512
    var compared = 0
    for _ in 0..<200 {
      let count = format.bytesPerRow(columns: columns)
      let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      let values = try format.decoded(bytes)
      // Half-precision scales of random bits may be NaN, infinite, or too large for the sums.
      guard values.allSatisfy({ $0.isFinite }) else { continue }
      let vector = (0..<columns).map { _ in Float(random.next() % 17) - 8 }
      let (expected, magnitude) = try format.productReference(
        bytes, vector, offset: Self.offset(name))
      let product = Self.products(format, bytes, 1, vector)[0]
      #expect(abs(Double(product) - expected) <= Self.tolerance(columns: columns) * magnitude)
      compared += 1
    }
    #expect(compared > 100)
  }

  @Test("by hand: Q8_0, Q4_0")
  func byHand() throws {
    // Scale 1 is 0x3C00; codes 1 … 32, times ones: 528.
    let eight = try BlockFormat(named: "q8_0")
    let ones = [Float](repeating: 1, count: 32)
    #expect(Self.products(eight, [0x00, 0x3C] + (1...32).map { UInt8($0) }, 1, ones) == [528])
    // Low nibbles 9 and high nibbles 7: sixteen 1 and sixteen −1; times 2 and 3, −16.
    let four = try BlockFormat(named: "q4_0")
    let vector = [Float](repeating: 2, count: 16) + [Float](repeating: 3, count: 16)
    let bytes = [0x00, 0x3C] + [UInt8](repeating: 0x79, count: 16)
    #expect(Self.products(four, bytes, 1, vector) == [-16])
  }

  private static func products(
    _ format: BlockFormat, _ bytes: [UInt8], _ rows: Int, _ vector: [Float]
  ) -> [Float] {
    [Float](unsafeUninitializedCapacity: rows) { buffer, count in
      bytes.withUnsafeBufferPointer { bytes in
        vector.withUnsafeBufferPointer { vector in
          if let start = bytes.baseAddress, let target = buffer.baseAddress {
            format.multiply(start, rows: rows, by: vector, into: target)
          }
        }
      }
      count = rows
    }
  }
}
