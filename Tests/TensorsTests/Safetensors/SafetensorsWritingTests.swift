import Foundation
import Tensors
import Testing

/// Evidence: by another framework (byte for byte the reference writer's file), by law (what is
/// written is read back), and by hand.
struct SafetensorsWritingTests {
  /// The tensors of the golden file, added in the given order.
  func goldenWriter(_ tensors: [SafetensorsReadingTests.Tensor]) throws -> SafetensorsWriter {
    let types: [String: TensorType] = [
      "float64": .float64, "float16": .float16, "int64": .int64, "int32": .int32,
      "int16": .int16, "uint16": .uint16, "uint32": .uint32, "int8": .int8, "uint8": .uint8,
      "bool": .bool,
    ]
    var writer = SafetensorsWriter(metadata: ["format": "numpy é\t\u{1f}"])
    for tensor in tensors {
      let bytes = Array(try #require(Data(base64Encoded: tensor.bytes)))
      try writer.add(
        tensor.name, shape: tensor.shape, bytes: bytes, as: types[tensor.name] ?? .float32)
    }
    return writer
  }

  @Test("byte for byte the file of the reference, in whatever order tensors are added")
  func reference() throws {
    let (bytes, tensors) = try SafetensorsReadingTests.golden()
    #expect(try goldenWriter(tensors).serialized() == bytes)
    #expect(try goldenWriter(tensors.reversed()).serialized() == bytes)
    let folder = try TemporaryFolder()
    let path = folder.path + "/out.safetensors"
    try goldenWriter(tensors).write(to: path, durable: true)
    #expect(try Array(Data(contentsOf: URL(fileURLWithPath: path))) == bytes)
  }

  @Test("every kind of element is read back as it was")
  func roundTrip() throws {
    let matrix = Matrix(rows: 5, columns: 7, drawnFrom: .studentT(degreesOfFreedom: 2), seed: 1)
    var writer = SafetensorsWriter(metadata: ["b": "2", "a": "1"])
    try writer.add("f32", matrix)
    try writer.add("f16", matrix, as: .float16)
    try writer.add("bf16", matrix, as: .bfloat16)
    try writer.add("u8", shape: [3], [0, 7, 255] as [UInt8])
    try writer.add("i8", shape: [3, 1], [-128, 0, 127] as [Int8])
    try writer.add("u16", shape: [2], [0, 65_535] as [UInt16])
    try writer.add("i16", shape: [2], [-32_768, 32_767] as [Int16])
    try writer.add("i32", shape: [2], [.min, .max] as [Int32])
    try writer.add("u32", shape: [1], [.max] as [UInt32])
    try writer.add("i64", shape: [2], [.min, .max] as [Int64])
    try writer.add("empty", shape: [0], [UInt8]())
    let bytes = try writer.serialized()
    let file = try SafetensorsFile(bytes: bytes)
    #expect(file.metadata == ["a": "1", "b": "2"])
    #expect(try file.matrix(named: "f32") == matrix)
    #expect(
      try file.floats(named: "f16")
        == HalfPrecision.widenReference(
          HalfPrecision.narrowReference(matrix.elements, as: .float16), as: .float16))
    #expect(
      try file.floats(named: "bf16")
        == HalfPrecision.widenReference(
          HalfPrecision.narrowReference(matrix.elements, as: .bfloat16), as: .bfloat16))
    #expect(try file.integers(named: "u8") == [0, 7, 255])
    #expect(try file.integers(named: "i8") == [-128, 0, 127])
    #expect(try file.integers(named: "u16") == [0, 65_535])
    #expect(try file.integers(named: "i16") == [-32_768, 32_767])
    #expect(try file.integers(named: "i32") == [-2_147_483_648, 2_147_483_647])
    #expect(try file.integers(named: "u32") == [4_294_967_295])
    #expect(try file.integers(named: "i64") == [.min, .max])
    #expect(try file.info(named: "i8").shape == [3, 1])
    #expect(try file.info(named: "empty").byteCount == 0)
    // Widest first, then by name; the data begin at a multiple of eight.
    #expect(
      file.entries.sorted { $0.byteRange.lowerBound < $1.byteRange.lowerBound }
        .filter { $0.byteCount > 0 }.map(\.name)
        == ["i64", "f32", "u32", "i32", "bf16", "f16", "u16", "i16", "i8", "u8"])
    #expect((bytes.count - file.entries.reduce(0) { $0 + $1.byteCount }) % 8 == 0)
  }

  @Test("names that need escapes, and names that only look alike")
  func names() throws {
    let names = [
      "", "\"", "\\", "/", "a\nb", "\u{0}", "\u{1f}", "\u{7f}", "\u{e9}", "e\u{301}", "😀",
    ]
    var writer = SafetensorsWriter()
    for (index, name) in names.enumerated() { try writer.add(name, shape: [], [Float(index)]) }
    let file = try SafetensorsFile(bytes: writer.serialized())
    #expect(file.entries.count == names.count)
    for (index, name) in names.enumerated() {
      #expect(try file.floats(named: name) == [Float(index)])
    }
  }

  @Test("what cannot be stored is refused with the name and the reason")
  func refusals() throws {
    var writer = SafetensorsWriter()
    try writer.add("a", shape: [2], [1, 2])
    func reason(_ body: (inout SafetensorsWriter) throws(SafetensorsError) -> Void) -> String {
      do throws(SafetensorsError) {
        var copy = writer
        try body(&copy)
        return "stored"
      } catch {
        return error.kind == .cannotWrite ? "\(error)" : "wrong kind"
      }
    }
    #expect(
      reason { (copy) throws(SafetensorsError) in try copy.add("a", shape: [1], [1]) }
        == #"tensor "a" cannot be stored: a tensor of this name was added before"#)
    #expect(
      reason { (copy) throws(SafetensorsError) in try copy.add("b", shape: [3], [1, 2]) }
        == #"tensor "b" cannot be stored: 2 elements do not fill the shape [3]"#)
    #expect(
      reason { (copy) throws(SafetensorsError) in try copy.add("b", shape: [-1, -2], [1, 2]) }
        .contains("do not fill"))
    #expect(
      reason { (copy) throws(SafetensorsError) in
        try copy.add("b", shape: [2], bytes: [1, 2, 3], as: .float16)
      }
      .contains("3 bytes do not fill the shape [2] of F16"))
    #expect(
      reason { (copy) throws(SafetensorsError) in
        try copy.add("b", shape: [2], [1, 2], as: .int8)
      }
      .contains("as F32, F16 or BF16, not as I8"))
    #expect(
      reason { (copy) throws(SafetensorsError) in
        try copy.add("__metadata__", shape: [1], [1])
      }
      .contains("keeps this name"))
  }

  @Test("a file in the way is kept, unless it may be replaced; nothing else is left behind")
  func replacing() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/out.safetensors"
    var writer = SafetensorsWriter()
    try writer.add("a", shape: [1], [1])
    try writer.write(to: path)
    let first = try Data(contentsOf: URL(fileURLWithPath: path))
    try writer.add("b", shape: [1], [2])
    #expect(throws: SafetensorsError.outputExists(path: path)) { try writer.write(to: path) }
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == first)
    let open = try SafetensorsFile(path: path)
    try writer.write(to: path, replacing: true)
    #expect(try SafetensorsFile(path: path).names == ["a", "b"])
    #expect(try open.floats(named: "a") == [1])  // the old file, still mapped
    #expect(try folder.names() == ["out.safetensors"])
  }

  @Test("where nothing can be written the error says so, and nothing is left behind")
  func unwritable() throws {
    let folder = try TemporaryFolder()
    let writer = SafetensorsWriter()
    func kind(_ path: String) -> SafetensorsError.Kind? {
      do throws(SafetensorsError) {
        try writer.write(to: path, replacing: true)
        return nil
      } catch {
        return error.kind
      }
    }
    #expect(kind(folder.path + "/none/out") == .cannotWrite)
    #expect(kind(folder.path) == .cannotWrite)
    #expect(kind("/dev/null") == .cannotWrite)
    #expect(try folder.names() == [])
  }

  @Test("a full disk leaves no part of the file")
  func fullDisk() async {
    // Files of this process may not grow beyond one megabyte; the signal for that is ignored.
    await #expect(processExitsWith: .exitCode(73)) {
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 1 << 20, rlim_max: 1 << 20)
      setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      let folder = try TemporaryFolder()
      var writer = SafetensorsWriter()
      try writer.add("large", Matrix(rows: 1_024, columns: 1_024, repeating: 1))
      do throws(SafetensorsError) {
        try writer.write(to: folder.path + "/out")
      } catch {
        let left = try folder.names()
        exit(error.kind == .cannotWrite && left.isEmpty ? 73 : 1)
      }
    }
  }
}
