import Foundation
import Quantization
import Tensors
import TestSupport
import Testing

/// What llama.cpp stores for awkward rows, from `Tests/Goldens/blocks`; `make.py` beside it says how.
struct BlockGolden {
  let file: SafetensorsFile
  let rows: [String]
  let values: Matrix
  let importance: Matrix

  static func load() throws -> BlockGolden {
    let file = try SafetensorsFile(path: TestFiles.golden("blocks/blocks.safetensors").path)
    let rows = try JSONDecoder().decode(
      [String].self, from: Data(try #require(file.metadata["rows"]).utf8))
    let values = try file.matrix(named: "values")
    try #require(values.rows == rows.count && !rows.isEmpty)
    return BlockGolden(
      file: file, rows: rows, values: values, importance: try file.matrix(named: "importance"))
  }

  /// The bytes of every row of a format, without or with the importance matrix.
  func blocks(_ format: String, withImportance: Bool) throws -> [[UInt8]] {
    let name = format + ".importance"
    let integers = try file.integers(
      named: withImportance && file.contains(name) ? name : format)
    let size = integers.count / rows.count
    return rows.indices.map { row in
      integers[row * size..<(row + 1) * size].map { UInt8($0) }
    }
  }

  /// FNV-1a of a row's bits, a NaN counted as 0x7fc00000.
  static func hash(_ values: [Float]) -> Int64 {
    var code: UInt64 = 0xCBF2_9CE4_8422_2325
    for value in values {
      let bits = value.isNaN ? 0x7FC0_0000 : value.bitPattern
      for shift in stride(from: UInt32(0), to: 32, by: 8) {
        code = (code ^ UInt64(bits >> shift & 0xFF)) &* 0x100_0000_01B3
      }
    }
    return Int64(bitPattern: code)
  }
}
