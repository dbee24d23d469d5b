import Foundation
import Tensors
import Testing

/// Evidence: by another framework (its files, written again byte for byte; ours, read by it), by law.
@Suite("GGUF files that are written")
struct GGUFWriterTests {
  /// What `make.py read-back` expects to read.
  static func golden() throws -> GGUFWriter {
    var writer = GGUFWriter()
    try writer.set("general.architecture", .string("llama"))
    try writer.set("general.alignment", .integer(64))
    try writer.set("llama.rope.freq_base", .number(10_000))
    try writer.set("tokenizer.ggml.tokens", .strings(["a", "größer", ""]))
    try writer.set("tokenizer.ggml.scores", .numbers([0.5, -1.5]))
    try writer.set("some.flags", .booleans([true, false]))
    try writer.set("some.large", .integer(1 << 40))
    let numbers = Matrix(rows: 3, columns: 4) { Float($0 * 4 + $1) / 4 }
    try writer.add("numbers", numbers)
    try writer.add("halves", numbers, as: .float16)
    // Q8_0 by hand: the half-precision scale 0.5, then codes.
    let row: [UInt8] = [0x00, 0x38] + (0..<32).map { UInt8($0) }
    let type = try #require(GGUFTensorType(named: "q8_0"))
    try writer.add("blocks", shape: [2, 32], type: type) { (emit) throws(GGUFError) in
      for _ in 0..<2 { try Self.emit(row, emit) }
    }
    return writer
  }

  private static func emit(
    _ row: [UInt8], _ emit: (UnsafeRawBufferPointer) throws(GGUFError) -> Void
  ) throws(GGUFError) {
    try row.withUnsafeBufferPointer { (buffer: UnsafeBufferPointer<UInt8>) throws(GGUFError) in
      try emit(UnsafeRawBufferPointer(buffer))
    }
  }

  @Test("golden: the very bytes that the gguf package was seen to read")
  func written() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/written.gguf"
    try Self.golden().write(to: path, durable: true)
    let bytes = try Array(Data(contentsOf: URL(fileURLWithPath: path)))
    #expect(bytes == (try Self.golden().serialized()))
    #expect(try CheckpointGoldens.isGolden(bytes, "written.gguf"))
  }

  @Test(
    "golden: the gguf package's own files, read and written again, byte for byte",
    arguments: ["checkpoints/blocks.gguf", "gguf/mixed.gguf", "gguf/imatrix.gguf"])
  func again(name: String) throws {
    let path = CheckpointGoldens.path("../\(name)")
    let file = try GGUFFile(path: path)
    var writer = GGUFWriter()
    try writer.setMetadata(of: file)
    for entry in file.entries {
      try writer.add(
        entry.name, shape: entry.shape, type: entry.type, bytes: file.bytes(named: entry.name))
    }
    #expect(try writer.serialized() == [UInt8](Data(contentsOf: URL(fileURLWithPath: path))))
  }

  @Test("by law: every type of value comes back as it was")
  func values() throws {
    let values: [(GGUFValue, GGUFValueType?)] = [
      (.integer(255), .uint8), (.integer(-128), .int8), (.integer(65_535), .uint16),
      (.integer(-32_768), .int16), (.integer(4_294_967_295), .uint32),
      (.integer(-2_147_483_648), .int32), (.integer(.max), .uint64), (.integer(.min), .int64),
      (.unsigned(.max), nil), (.number(0.5), nil), (.number(0.1), .float64), (.boolean(true), nil),
      (.string("größer\u{0}"), nil), (.integers([-1, 0, 1]), .int8), (.integers([0, 255]), .uint8),
      (.integers([0, 65_535]), .uint16), (.integers([-5, 5]), .int16),
      (.integers([1, 2]), .uint32),
      (.integers([-1, 1]), nil), (.integers([.min, .max]), nil), (.integers([7]), .uint64),
      (.integers([]), nil), (.numbers([0.1, -.infinity]), .float64), (.numbers([0.5]), nil),
      (.booleans([true, false]), nil), (.strings(["", "x"]), nil),
    ]
    var writer = GGUFWriter()
    for (place, (value, type)) in values.enumerated() {
      try writer.set("key.\(place)", value, as: type)
    }
    let file = try GGUFFile(bytes: writer.serialized())
    #expect(file.keys == values.indices.map { "key.\($0)" })
    for (place, (value, type)) in values.enumerated() {
      #expect(file.metadata["key.\(place)"] == value)
      if let type { #expect(file.types["key.\(place)"] == type) }
    }
    var again = GGUFWriter()
    try again.setMetadata(of: file)
    #expect(try again.serialized() == writer.serialized())
    // A key that is set again keeps its place.
    try again.set("key.3", .string("new"))
    #expect(try GGUFFile(bytes: again.serialized()).keys == file.keys)
  }

  @Test("a value, a shape or a name that does not fit is refused, with the reason")
  func refusals() throws {
    func problem(_ body: (inout GGUFWriter) throws -> Void) -> String? {
      var writer = GGUFWriter()
      do {
        try body(&writer)
        return nil
      } catch { return "\(error)" }
    }
    #expect(problem { try $0.set("a", .integer(256), as: .uint8) }?.contains("type uint8") == true)
    #expect(problem { try $0.set("a", .number(1), as: .int32) }?.contains("type int32") == true)
    #expect(problem { try $0.set("", .number(1)) }?.contains("1 to 65,535 bytes") == true)
    #expect(
      problem { try $0.set("general.alignment", .integer(24)) }?.contains("power of two") == true)
    let q4 = try #require(GGUFTensorType(named: "q4_0"))
    #expect(
      problem { try $0.add("w", shape: [2, 48], type: q4, bytes: []) }?
        .contains("rows of 48 are no whole number of q4_0 blocks of 32") == true)
    #expect(
      problem { try $0.add("w", shape: [2, 32], type: q4, bytes: [0]) }?
        .contains("1 bytes do not fill the shape [2, 32] of q4_0, which needs 36") == true)
    #expect(
      problem { try $0.add("w", shape: [1, 1, 1, 1, 32], type: q4, bytes: []) }?
        .contains("at most 4 sizes") == true)
    #expect(
      problem { try $0.add("w", shape: [1 << 62, 32], type: q4, bytes: []) }?
        .contains("more elements than fit") == true)
    #expect(
      problem { try $0.add(String(repeating: "w", count: 64), Matrix([[1]])) }?
        .contains("more than 63 bytes") == true)
    #expect(
      problem { try $0.add("w", Matrix([[1]]), as: .int8) }?.contains("F32, F16 or BF16") == true)
    #expect(
      problem {
        try $0.add("w", Matrix([[1]]))
        try $0.add("w", Matrix([[1]]))
      }?.contains("was added before") == true)
  }

  @Test("a producer of too few or too many bytes leaves no file")
  func miscounts() throws {
    let folder = try TemporaryFolder()
    let type = try #require(GGUFTensorType(plain: .float32))
    for count in [0, 7, 9] {
      var writer = GGUFWriter()
      try writer.add("w", shape: [2], type: type) { (emit) throws(GGUFError) in
        try Self.emit([UInt8](repeating: 0, count: count), emit)
      }
      let error = #expect(throws: GGUFError.self) { try writer.write(to: folder.path + "/w.gguf") }
      #expect("\(try #require(error))".contains("\(count) bytes were produced and 8 are needed"))
    }
    #expect(try folder.names().isEmpty)
    try Self.golden().write(to: folder.path + "/w.gguf")
    let taken = #expect(throws: GGUFError.self) {
      try Self.golden().write(to: folder.path + "/w.gguf")
    }
    #expect(try #require(taken).isOutputRefused)
    try Self.golden().write(to: folder.path + "/w.gguf", replacing: true)
    #expect(try folder.names() == ["w.gguf"])
  }

  @Test("a big-endian file is told apart")
  func bigEndian() throws {
    var bytes = try Self.golden().serialized()
    bytes.replaceSubrange(4..<8, with: [0, 0, 0, 3])
    let words = try #require(CheckpointGoldens.problem(bytes))
    #expect(words.contains("a big-endian GGUF file"))
  }
}
