import Foundation
import Tensors
import TestSupport
import Testing

@Suite("GGUF files")
struct GGUFFileTests {
  static func golden(_ name: String) -> String {
    TestFiles.golden("gguf/\(name)").path
  }

  private struct Expected: Decodable {
    struct Entry: Decodable {
      let sums: [Float]
      let count: Float
    }
    let imatrix: [String: Entry]
    let mixed: [String: [Float]]
  }

  private static func expected() throws -> Expected {
    try JSONDecoder().decode(
      Expected.self, from: Data(contentsOf: URL(fileURLWithPath: golden("expected.json"))))
  }

  @Test("golden: keys of every type and plain tensors, as the gguf package wrote them")
  func mixed() throws {
    let file = try GGUFFile(path: Self.golden("mixed.gguf"))
    #expect(file.version == 3)
    #expect(file.metadata["general.architecture"] == .string("llama"))
    #expect(file.metadata["a.u8"] == .integer(200))
    #expect(file.metadata["a.i8"] == .integer(-3))
    #expect(file.metadata["a.u16"] == .integer(65535))
    #expect(file.metadata["a.i16"] == .integer(-30000))
    #expect(file.metadata["a.u32"] == .integer(4_000_000_000))
    #expect(file.metadata["a.i32"] == .integer(-7))
    #expect(file.metadata["a.f32"] == .number(Double(Float(0.1))))
    #expect(file.metadata["a.u64"] == .integer(1 << 62))
    #expect(file.metadata["a.i64"] == .integer(-(1 << 60)))
    #expect(file.metadata["a.f64"] == .number(0.1))
    #expect(file.metadata["a.bool"] == .boolean(true))
    #expect(file.metadata["a.string"] == .string("größer"))
    #expect(file.metadata["a.integers"] == .integers([1, -2, 3]))
    #expect(file.metadata["a.numbers"] == .numbers([0.5, -1.5]))
    #expect(file.metadata["a.strings"] == .strings(["x", "", "z"]))
    let expected = try Self.expected()
    let numbers = try file.matrix(named: "numbers")
    #expect(numbers.rows == 3 && numbers.columns == 64)
    #expect(numbers.elements == expected.mixed["numbers"])
    #expect(try file.matrix(named: "halves").elements == expected.mixed["halves"])
    let blocks = try file.info(named: "q8_0")
    #expect(blocks.shape == [3, 64] && blocks.type.name == "q8_0")
    #expect(try file.bytes(named: "q8_0").count == 3 * 2 * 34)
    #expect(throws: GGUFError.self) { try file.matrix(named: "q8_0") }
  }

  @Test("golden: an importance matrix's sums and counts")
  func imatrix() throws {
    let file = try GGUFFile(path: Self.golden("imatrix.gguf"))
    for (name, entry) in try Self.expected().imatrix {
      #expect(try file.matrix(named: name + ".in_sum2").elements == entry.sums)
      #expect(try file.matrix(named: name + ".counts").elements == [entry.count])
    }
  }

  @Test("a missing tensor names the nearest")
  func nearest() throws {
    let file = try GGUFFile(path: Self.golden("imatrix.gguf"))
    let error = #expect(throws: GGUFError.self) { try file.info(named: "blk.0.attn_q.weight") }
    #expect("\(try #require(error))".contains("\"blk.0.attn_q.weight.in_sum2\""))
  }

  @Test("by law: a file cut anywhere is refused, never read past its end")
  func cut() throws {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: Self.golden("mixed.gguf"))))
    _ = try GGUFFile(bytes: bytes)
    // The last tensor's padding may be missing, its data not.
    let file = try GGUFFile(bytes: bytes)
    let end = try #require(file.entries.last).byteRange.upperBound
    for length in 0..<end {
      #expect(throws: GGUFError.self) { try GGUFFile(bytes: Array(bytes[..<length])) }
    }
  }

  @Test("by law: any one byte changed is read or refused, and nothing traps")
  func mangled() throws {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: Self.golden("mixed.gguf"))))
    let header = try #require(try GGUFFile(bytes: bytes).entries.first).byteRange.lowerBound
    var refused = 0
    for index in 0..<header {
      for change in [UInt8(1), 0x80, 0xFF] {
        var mangled = bytes
        mangled[index] ^= change
        do throws(GGUFError) {
          let file = try GGUFFile(bytes: mangled)
          for entry in file.entries where entry.type.plain != nil {
            _ = try file.matrix(named: entry.name)
          }
        } catch {
          refused += 1
        }
      }
    }
    #expect(refused > header / 2)  // lengths, counts, types, offsets: most of the header
  }

  @Test("what is wrong is said, with the place and the way out")
  func problems() {
    #expect(GGUFBytes().problem == nil)
    var other = GGUFBytes()
    other.bytes[0] = 0
    #expect(other.problem?.contains("does not begin with the letters GGUF") == true)
    #expect(GGUFBytes(version: 1).problem?.contains("version 1; versions 2 and 3") == true)

    // Counts that no file of this size can hold end the reading before memory is asked for.
    #expect(
      GGUFBytes(tensors: .max).problem?.contains("the list of tensors at byte 16 needs") == true)
    #expect(GGUFBytes(keys: 1 << 40).problem?.contains("the list of keys") == true)
    var long = GGUFBytes(keys: 1)
    long.add(UInt64.max)
    long.bytes += [UInt8](repeating: 0, count: 32)
    #expect(long.problem?.contains("a key at byte 32 needs 18446744073709551615 bytes") == true)

    var edge = GGUFBytes(keys: 1)
    edge.add(UInt64(14))  // one more than the bytes that follow
    edge.bytes += [UInt8](repeating: 0x61, count: 13)
    #expect(edge.problem?.contains("a key at byte 32 needs 14 bytes, only 13 are left") == true)

    var list = GGUFBytes(keys: 1)
    list.addKey("a", type: 9)
    list.add(UInt32(8))
    list.add(UInt64(1) << 61)
    #expect(list.problem?.contains("the value of \"a\"") == true)
    var nested = GGUFBytes(keys: 1)
    nested.addKey("a", type: 9)
    nested.add(UInt32(9))
    nested.add(UInt64(0))
    #expect(nested.problem?.contains("an array of arrays") == true)

    var twice = GGUFBytes(keys: 2)
    for _ in 0..<2 {
      twice.addKey("a", type: 4)
      twice.add(UInt32(1))
    }
    #expect(twice.problem?.contains("the key \"a\" at byte 58: it stands twice") == true)
    var alignment = GGUFBytes(keys: 1)
    alignment.addKey("general.alignment", type: 4)
    alignment.add(UInt32(24))
    #expect(alignment.problem?.contains("a power of two was expected") == true)
  }

  @Test("tensors: sizes, types, places and names are checked")
  func tensors() throws {
    func file(_ tensors: [(String, [UInt64], UInt32, UInt64)], data: Int) -> GGUFBytes {
      var bytes = GGUFBytes(tensors: UInt64(tensors.count))
      for (name, sizes, type, offset) in tensors {
        bytes.addTensor(name, sizes: sizes, type: type, offset: offset)
      }
      bytes.addData([UInt8](repeating: 0, count: data))
      return bytes
    }
    #expect(file([("a", [8, 2], 0, 0)], data: 64).problem == nil)
    #expect(file([("a", [8], 0, 0), ("b", [8], 0, 32)], data: 64).problem == nil)
    #expect(file([("a", [], 0, 0)], data: 4).problem == nil)  // a single number
    #expect(file([("a", [0, 5], 0, 0)], data: 0).problem == nil)  // nothing at all
    #expect(
      file([("a", [8, 2], 0, 0)], data: 63).problem?.contains("needs 64 bytes, only 63") == true)
    #expect(
      file([("a", [8], 0, 0), ("b", [8], 0, 16)], data: 64).problem?
        .contains("begin at 16 and 32 was expected") == true)
    #expect(
      file([("a", [8], 0, 0), ("a", [8], 0, 32)], data: 64).problem?.contains("stands twice")
        == true)
    #expect(
      file([("a", [1 << 40, 1 << 40], 0, 0)], data: 64).problem?.contains("more elements than fit")
        == true)
    #expect(
      file([("a", [1 << 62], 0, 0)], data: 64).problem?.contains("more bytes than fit") == true)
    #expect(file([("a", [8], 5, 0)], data: 64).problem?.contains("type 5 is not known") == true)
    #expect(
      file([("a", [48], 2, 0)], data: 64).problem?
        .contains("rows of 48 are no whole number of q4_0 blocks of 32") == true)
    #expect(
      file([("a", [1, 1, 1, 1, 1], 0, 0)], data: 64).problem?.contains("5 sizes; at most 4") == true
    )
    #expect(
      file([(String(repeating: "a", count: 64), [8], 0, 0)], data: 64).problem?
        .contains("more than 63 bytes") == true)
  }

  @Test("a folder, a missing file and another format are told apart")
  func paths() {
    #expect(throws: GGUFError.noSuchFile(path: "/nowhere/a.gguf")) {
      try GGUFFile(path: "/nowhere/a.gguf")
    }
    #expect(throws: GGUFError.cannotRead(path: "/tmp", reason: "it is not a file")) {
      try GGUFFile(path: "/tmp")
    }
    #expect(throws: GGUFError.notGGUF(path: #filePath)) { try GGUFFile(path: #filePath) }
    #expect(!GGUFFile.isGGUF(path: #filePath) && !GGUFFile.isGGUF(path: "/nowhere"))
    #expect(GGUFFile.isGGUF(path: Self.golden("mixed.gguf")))
  }

  @Test("other people's data: llama.cpp's own vocabulary file")
  func vocabulary() throws {
    guard let data = ProcessInfo.processInfo.environment["NIBBLE_TEST_DATA"] else {
      print("skipped: NIBBLE_TEST_DATA is not set")
      return
    }
    let file = try GGUFFile(path: data + "/gguf/ggml-vocab-gpt-2.gguf")
    #expect(file.entries.isEmpty && file.version == 3)
    #expect(file.metadata["tokenizer.ggml.model"] == .string("gpt2"))
    guard case .strings(let tokens) = file.metadata["tokenizer.ggml.tokens"] else {
      Issue.record("the tokens are no list of texts")
      return
    }
    #expect(tokens.count == 50257)
  }
}
