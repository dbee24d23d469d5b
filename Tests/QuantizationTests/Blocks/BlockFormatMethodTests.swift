import Quantization
import Tensors
import Testing

@Suite("gguf:<type> methods")
struct BlockFormatMethodTests {
  private static func message(
    _ method: String, _ weight: Matrix, _ change: (inout LayerOptions) -> Void = { _ in }
  ) throws -> String {
    var options = LayerOptions()
    change(&options)
    do throws(QuantizationError) {
      _ = try LayerMethod(named: method).quantize(LayerInput(weight: weight), options)
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  @Test("every format is a method, with its bits per weight and its blocks", arguments: names)
  func methods(name: String) throws {
    let format = try BlockFormat(named: name)
    let weight = Matrix(rows: 3, columns: 512, drawnFrom: .normal(), seed: 4)
    let method = try LayerMethod(named: "gguf:" + name)
    #expect(
      method.options
        == (format.usesImportance ? [.importance, .biasCorrection] : [.biasCorrection]))
    let result = try method.quantize(LayerInput(weight: weight))
    #expect(result.bitsPerWeight == format.bitsPerWeight)
    let blocks = try #require(result.blocks)
    #expect(blocks.bytesPerRow == 512 / format.blockLength * format.bytesPerBlock)
    #expect(try format.dequantized(blocks) == result.dequantized)
    #expect(result.codes.count == weight.count)
    #expect(result.scales.rows == 3 && result.scales.columns == 512 / format.runLength)
    #expect(result.zeros.columns == result.scales.columns)
    for row in 0..<3 {
      let bytes = Array(blocks.bytes[row * blocks.bytesPerRow..<(row + 1) * blocks.bytesPerRow])
      #expect(try format.encoded(weight.row(row)) == bytes)
    }
  }

  @Test("the table's sizes are those of GGUF files, and no number stands twice")
  func table() throws {
    for format in BlockFormat.all {
      let type = try #require(GGUFTensorType(id: UInt32(format.typeID)))
      #expect(type.name == format.name)
      #expect(type.blockLength == format.blockLength && type.bytesPerBlock == format.bytesPerBlock)
      #expect(format.blockLength % format.runLength == 0)
    }
    #expect(Set(BlockFormat.all.map(\.typeID)).count == BlockFormat.all.count)
    #expect(Set(BlockFormat.all.map(\.name)).count == BlockFormat.all.count)
  }

  @Test("a block that does not divide the row is refused, with formats whose block does")
  func tiling() throws {
    let narrow = Matrix(rows: 2, columns: 96, repeating: 1)
    let words = try Self.message("gguf:iq4_xs", narrow)
    #expect(words.contains("gguf:iq4_xs stores blocks of 256 weights"))
    #expect(words.contains("use gguf:q4_0, gguf:q4_1"))
    #expect(!words.contains("gguf:nvfp4"))  // 64 does not divide 96
    #expect(
      try Self.message("gguf:q4_0", Matrix(rows: 2, columns: 33, repeating: 1))
        .contains("no block format takes such rows"))
  }

  @Test("options that a format would ignore are refused")
  func options() throws {
    let weight = Matrix(rows: 2, columns: 256, repeating: 1)
    #expect(
      try Self.message("gguf:q4_0", weight) { $0.groupSize = 32 }
        .contains("does not use group-size"))
    #expect(
      try Self.message("gguf:q8_0", weight) { $0.importance = [1] }
        .contains("does not use imatrix; it uses bias-correction"))
  }

  @Test("importances of another width, negative or not finite are refused")
  func importance() throws {
    let weight = Matrix(rows: 2, columns: 64, repeating: 1)
    var importance = [Float](repeating: 1, count: 64)
    #expect(
      try Self.message("gguf:q4_0", weight) { $0.importance = [1, 2] }
        == "2 importances of input channels where 64 are needed")
    importance[3] = -1
    #expect(
      try Self.message("gguf:q4_0", weight) { $0.importance = importance }
        == "importance[3] is -1.0; an importance is a mean of squares, 0 or more")
    importance[3] = .infinity
    #expect(
      try Self.message("gguf:q4_0", weight) { $0.importance = importance }
        .contains("importance[0, 3] is inf"))
  }

  @Test("a scale beyond half precision is an error, not an infinite weight")
  func overflow() throws {
    var weight = Matrix(rows: 2, columns: 64, repeating: 1)
    weight[1, 40] = 1e6  // 10⁶ / 8 is above 65,504
    #expect(
      try Self.message("gguf:q4_0", weight)
        == "gguf:q4_0: the block at weight[1, 32] reaches ±1000000.0, and its scale does not fit half "
        + "precision: scale the weights down first")
  }

  @Test("by hand: Q4_0 puts the extreme on code 0, Q4_1 both ends on 0 and 15")
  func byHand() throws {
    var row = [Float](repeating: 0, count: 32)
    row[0] = -8
    row[17] = 3
    // d = −8 / −8 = 1: code x + 8; byte 0 holds elements 0 and 16, byte 1 elements 1 and 17.
    let plain = try BlockFormat(named: "q4_0").encoded(row)
    #expect(plain == [0x00, 0x3C, 0x80, 0xB8] + [UInt8](repeating: 0x88, count: 14))
    row[17] = 7
    // d = (7 − −8) / 15 = 1, m = −8.
    let ranged = try BlockFormat(named: "q4_1").encoded(row)
    #expect(
      ranged == [0x00, 0x3C, 0x00, 0xC8, 0x80, 0xF8] + [UInt8](repeating: 0x88, count: 14))
    let parts = try BlockFormat(named: "q4_1").unpacked(ranged)
    #expect(parts.scales == [1] && parts.zeros == [8] && parts.codes[0] == 0)
  }

  @Test("by hand: a constant block in Q4_1 has no scale, and is told as its value and a zero of −1")
  func constant() throws {
    let format = try BlockFormat(named: "q4_1")
    let bytes = try format.encoded([Float](repeating: 0.5, count: 32))
    #expect(bytes == [0, 0, 0x00, 0x38] + [UInt8](repeating: 0, count: 16))
    let parts = try format.unpacked(bytes)
    #expect(parts.scales == [0.5] && parts.zeros == [-1])
    #expect(try format.decoded(bytes) == [Float](repeating: 0.5, count: 32))
  }

  @Test("by hand: five trits a byte, the fraction of 243 in 256ths rounded up")
  func trits() throws {
    var row = [Float](repeating: 0, count: 256)
    // Byte 0 holds elements 0, 32, 64, 96, 128: digits 2 0 1 1 1, 2·81 + 0·27 + 9 + 3 + 1 = 175.
    row[0] = 0.5
    row[32] = -0.5
    let bytes = try BlockFormat(named: "tq1_0").encoded(row)
    #expect(bytes[0] == UInt8((175 * 256 + 242) / 243))
    #expect(try BlockFormat(named: "tq1_0").decoded(bytes) == row)
  }

  @Test("by law: with importance the weighted error is not larger, for the searches that weigh it")
  func weighing() throws {
    let weight = Matrix(rows: 8, columns: 512, drawnFrom: .studentT(degreesOfFreedom: 3), seed: 8)
    let importance = Matrix(rows: 1, columns: 512, drawnFrom: .normal(), seed: 9).elements.map {
      $0 * $0 * $0 * $0
    }
    for name in ["q4_0", "q4_1", "q5_0", "q5_1", "iq4_nl", "iq4_xs"] {
      let format = try BlockFormat(named: name)
      func error(_ blocks: RowBlocks) throws -> Double {
        let values = try format.dequantized(blocks)
        var sum = 0.0
        for row in 0..<weight.rows {
          for column in 0..<weight.columns {
            let difference = Double(values[row, column] - weight[row, column])
            sum += Double(importance[column]) * difference * difference
          }
        }
        return sum
      }
      let plain = try error(format.quantized(weight))
      let weighted = try error(format.quantized(weight, importance: importance))
      #expect(weighted < plain, "\(name): \(weighted) with, \(plain) without")
    }
  }

  @Test("runs without any importance are noted")
  func notes() throws {
    let weight = Matrix(rows: 2, columns: 64, drawnFrom: .normal(), seed: 1)
    var options = LayerOptions()
    options.importance = [Float](repeating: 1, count: 32) + [Float](repeating: 0, count: 32)
    let result = try LayerMethod(named: "gguf:q4_0").quantize(
      LayerInput(weight: weight), options)
    #expect(result.notes.first?.hasPrefix("1 of 2 runs of 32 input channels") == true)
  }

  @Test("bytes that do not end with a block are refused")
  func wholeBlocks() throws {
    let format = try BlockFormat(named: "q4_0")
    #expect(throws: QuantizationError.self) { try format.decoded([UInt8](repeating: 0, count: 19)) }
    #expect(try format.decoded([]) == [])
    #expect(throws: QuantizationError.self) { try format.encoded([]) }
    #expect(throws: QuantizationError.self) {
      try format.encoded([Float](repeating: .nan, count: 32))
    }
  }

  static let names = BlockFormat.all.map(\.name)
}
