import Foundation
import Quantization
import Tensors
import Testing

@Suite("golden: block formats against llama.cpp")
struct BlockGoldenTests {
  @Test("golden: the bytes are llama.cpp's, with and without importance", arguments: names)
  func bytes(name: String) throws {
    let golden = try BlockGolden.load()
    let format = try BlockFormat(named: name)
    for withImportance in [false, true] {
      let expected = try golden.blocks(name, withImportance: withImportance)
      for (row, label) in golden.rows.enumerated() {
        let found = try format.encoded(
          golden.values.row(row), importance: withImportance ? golden.importance.row(row) : nil)
        let different = zip(found, expected[row]).enumerated().filter { $1.0 != $1.1 }
        let first = different.first.map { "the first at \($0.offset): \($0.element)" } ?? ""
        #expect(
          different.isEmpty && found.count == expected[row].count,
          "\(name), \(label), importance \(withImportance): \(different.count) differ, \(first)")
      }
    }
  }

  @Test("golden: the values are llama.cpp's to the last bit", arguments: names)
  func values(name: String) throws {
    let golden = try BlockGolden.load()
    let format = try BlockFormat(named: name)
    let hashes = try golden.file.integers(named: name + ".hashes")
    let decoded = try golden.file.matrix(named: name + ".decoded")
    for withImportance in [false, true] {
      for (row, blocks) in try golden.blocks(name, withImportance: withImportance).enumerated() {
        let values = try format.decoded(blocks)
        if !withImportance, row < decoded.rows { #expect(values == decoded.row(row)) }
        let hash = hashes[row + (withImportance ? golden.rows.count : 0)]
        #expect(
          BlockGolden.hash(values) == hash,
          "\(name), \(golden.rows[row]), importance \(withImportance)")
      }
    }
  }

  @Test("by law: scale × (code − zero), or scale × level, is the value decoded", arguments: names)
  func parts(name: String) throws {
    let golden = try BlockGolden.load()
    let format = try BlockFormat(named: name)
    for (row, blocks) in try golden.blocks(name, withImportance: false).enumerated() {
      let values = try format.decoded(blocks)
      let parts = try format.unpacked(blocks)
      for (index, value) in values.enumerated() {
        let run = index / format.runLength
        let code = parts.codes[index]
        let level = format.levels.map { $0[code] } ?? Float(code) - parts.zeros[run]
        // The sum scale × code + minimum rounds once for each of its two terms.
        let bound =
          4 * Float.ulpOfOne * parts.scales[run].magnitude
          * (Float(code).magnitude + parts.zeros[run].magnitude)
        #expect(
          (parts.scales[run] * level - value).magnitude <= bound,
          "\(name), \(golden.rows[row]), element \(index)")
      }
    }
  }

  /// The table is the list of tests: a new format is tested as soon as it has a row.
  static let names = BlockFormat.all.map(\.name)
}
