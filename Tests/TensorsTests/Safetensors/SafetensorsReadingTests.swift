import Foundation
import Tensors
import Testing

/// Evidence: by hand, by another framework (the safetensors package for Python), and by real files.
struct SafetensorsReadingTests {
  struct Tensor: Decodable {
    let name: String
    let shape: [Int]
    let bytes: String
    let values: [String]
  }
  struct File: Decodable {
    let file: String
    let tensors: [Tensor]
  }

  static func golden() throws -> (bytes: [UInt8], tensors: [Tensor]) {
    let golden = try Golden.load("file", as: File.self)
    return (Array(try #require(Data(base64Encoded: golden.file))), golden.tensors)
  }

  @Test("a file from Python: every type, shape, byte and value")
  func python() throws {
    let (bytes, tensors) = try Self.golden()
    let file = try SafetensorsFile(bytes: bytes)
    #expect(file.metadata == ["format": "numpy é\t\u{1f}"])
    #expect(Set(file.names) == Set(tensors.map(\.name)))
    #expect(file.fileSize == bytes.count)
    for tensor in tensors {
      let info = try file.info(named: tensor.name)
      #expect(info.shape == tensor.shape)
      let stored = try file.withBytes(named: tensor.name) { Data($0).base64EncodedString() }
      #expect(stored == tensor.bytes)
      #expect(
        try file.floats(named: tensor.name).map { Float("\($0)") }
          == tensor.values.map { Float($0) }, "\(tensor.name)")
    }
  }

  @Test("the same from the file system, where it is mapped")
  func mapped() throws {
    let folder = try TemporaryFolder()
    let (bytes, tensors) = try Self.golden()
    let path = folder.path + "/file.safetensors"
    #expect(FileManager.default.createFile(atPath: path, contents: Data(bytes)))
    let file = try SafetensorsFile(path: path)
    #expect(file.path == path)
    // Linux keeps a mapping after the name is gone.
    try FileManager.default.removeItem(atPath: path)
    for tensor in tensors {
      let stored = try file.withBytes(named: tensor.name) { Data($0).base64EncodedString() }
      #expect(stored == tensor.bytes)
    }
  }

  @Test("any rank becomes a matrix")
  func ranks() throws {
    var writer = SafetensorsWriter()
    try writer.add("r0", shape: [], [7])
    try writer.add("r1", shape: [3], [1, 2, 3])
    try writer.add("r2", shape: [2, 2], [1, 2, 3, 4])
    try writer.add("r4", shape: [2, 1, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8])
    try writer.add("none", shape: [2, 0, 5], [Float]())
    let file = try SafetensorsFile(bytes: writer.serialized())
    #expect(try file.matrix(named: "r0") == Matrix([[7]]))
    #expect(try file.matrix(named: "r1") == Matrix([[1, 2, 3]]))
    #expect(try file.matrix(named: "r2") == Matrix([[1, 2], [3, 4]]))
    #expect(try file.matrix(named: "r4") == Matrix([[1, 2, 3, 4], [5, 6, 7, 8]]))
    let none = try file.matrix(named: "none")
    #expect(none.rows == 2 && none.columns == 0)
    #expect(try file.scan(named: "none") == ValueScan())
  }

  @Test("small floating-point types and whole numbers, by hand")
  func types() throws {
    var writer = SafetensorsWriter()
    // E4M3: 0x38 is 1, 0x7e 448, 0x01 2⁻⁹, 0xff NaN. E5M2: 0x3c is 1, 0x7c infinity. E8M0: 2^(e − 127).
    try writer.add("e4m3", shape: [4], bytes: [0x38, 0x7e, 0x01, 0xff], as: .float8E4M3)
    try writer.add("e5m2", shape: [3], bytes: [0x3c, 0x7c, 0xbc], as: .float8E5M2)
    try writer.add("e8m0", shape: [2], bytes: [127, 130], as: .float8E8M0)
    try writer.add("bf16", shape: [2], bytes: [0x80, 0x3f, 0x00, 0xc0], as: .bfloat16)
    try writer.add("u64", shape: [2], bytes: Array(repeating: 0xff, count: 16), as: .uint64)
    try writer.add("i64", shape: [2], [-5, Int64.max])
    try writer.add("bool", shape: [2], bytes: [0, 1], as: .bool)
    try writer.add("complex", shape: [1], bytes: Array(repeating: 0, count: 8), as: .complex64)
    try writer.add("nibbles", shape: [2], bytes: [0x21], as: .float4E2M1)
    let file = try SafetensorsFile(bytes: writer.serialized(), path: "types")
    let small = try file.floats(named: "e4m3")
    #expect(small[..<3] == [1, 448, 0x1p-9] && small[3].isNaN)
    #expect(try file.floats(named: "e5m2") == [1, .infinity, -1])
    #expect(try file.floats(named: "e8m0") == [1, 8])
    #expect(try file.floats(named: "bf16") == [1, -2])
    #expect(try file.floats(named: "u64") == [0x1p64, 0x1p64])
    #expect(try file.integers(named: "i64") == [-5, Int64.max])
    #expect(try file.integers(named: "bool") == [0, 1])
    #expect(
      throws: SafetensorsError.integerTooLarge(path: "types", name: "u64", index: 0, value: .max)
    ) { try file.integers(named: "u64") }
    for name in ["complex", "nibbles"] {
      #expect(throws: SafetensorsError.self) { try file.floats(named: name) }
      #expect(throws: SafetensorsError.self) { try file.matrix(named: name) }
      #expect(throws: SafetensorsError.self) { try file.scan(named: name) }
      #expect(try file.withBytes(named: name) { $0.count } > 0)
    }
    #expect(throws: SafetensorsError.self) { try file.integers(named: "bf16") }
  }

  @Test("piece by piece is the same as at once, at any address", arguments: [0, 1, 2, 3])
  func chunks(shift: Int) throws {
    let values = [Float](count: 10_001, drawnFrom: .normal(), seed: 1)
    let bits = HalfPrecision.narrow(values, as: .float16)
    // Another writer's padding: the data may begin anywhere.
    let size = bits.count * 2 + values.count * 4
    let header =
      #"{"h":{"dtype":"F16","shape":[10001],"data_offsets":[0,20002]},"#
      + #""f":{"dtype":"F32","shape":[10001],"data_offsets":[20002,\#(size)]}}"#
      + String(repeating: " ", count: shift)
    var bytes = withUnsafeBytes(of: UInt64(header.utf8.count)) { Array($0) } + Array(header.utf8)
    bytes += bits.withUnsafeBytes { Array($0) }
    bytes += values.withUnsafeBytes { Array($0) }
    let file = try SafetensorsFile(bytes: bytes)
    for name in ["h", "f"] {
      var gathered: [Float] = []
      try file.withFloatChunks(named: name) { gathered += $0 }
      #expect(gathered == (try file.floats(named: name)))
      #expect(try file.scan(named: name) == gathered.scanned())
      #expect(isClose(try file.moments(named: name).variance, gathered.variance, within: 1e-12))
    }
    #expect(try file.floats(named: "f") == values)
  }

  @Test("a summary counts what lies beyond six deviations, and says when something is not finite")
  func summary() throws {
    // 1,000 times ±1 and one 100: deviation √((1000 + 100² ) / 1001 − mean²) ≈ 3.31, so one outlier.
    let values = (0..<1_000).map { Float($0.isMultiple(of: 2) ? 1 : -1) } + [100]
    var writer = SafetensorsWriter()
    try writer.add("planted", shape: [1001], values)
    try writer.add("plain", shape: [1000], Array(values.dropLast()))
    try writer.add("broken", shape: [2], [1, .nan])
    let file = try SafetensorsFile(bytes: writer.serialized())
    let planted = try file.summary(named: "planted")
    #expect(planted.outlierCount == 1)
    #expect(planted.scan.extent == -1...100)
    #expect(planted.moments?.count == 1_001)
    #expect(try file.summary(named: "plain").outlierCount == 0)
    let broken = try file.summary(named: "broken")
    #expect(broken.scan.notANumberCount == 1)
    #expect(broken.moments == nil && broken.outlierCount == nil)
  }

  @Test("a name that is not there brings up those like it")
  func nearest() throws {
    var writer = SafetensorsWriter()
    for name in ["model.layers.0.weight", "model.layers.0.bias", "embedding", "Other"] {
      try writer.add(name, shape: [], [0])
    }
    let file = try SafetensorsFile(bytes: writer.serialized(), path: "f")
    func nearest(_ name: String) -> [String] {
      do throws(SafetensorsError) {
        _ = try file.info(named: name)
        return ["found"]
      } catch {
        guard case .noSuchTensor("f", name, let nearest, 4) = error else { return ["\(error)"] }
        return nearest
      }
    }
    #expect(nearest("weight") == ["model.layers.0.weight"])
    #expect(nearest("embeding") == ["embedding"])
    #expect(nearest("other") == ["Other"])
    #expect(nearest("model.layers.1.weight").first == "model.layers.0.weight")
    #expect(nearest("zzz") == [])
    #expect(!file.contains("weight") && file.contains("embedding"))
  }

  @Test("what is not there, or not a file, is told from what is malformed")
  func kinds() throws {
    let folder = try TemporaryFolder()
    func kind(_ path: String) -> SafetensorsError.Kind? {
      do throws(SafetensorsError) {
        _ = try SafetensorsFile(path: path)
        return nil
      } catch {
        return error.kind
      }
    }
    #expect(kind(folder.path + "/none") == .noSuchInput)
    #expect(kind(folder.path + "/none/none") == .noSuchInput)
    #expect(kind(folder.path) == .noSuchInput)
    #expect(mkfifo(folder.path + "/pipe", 0o600) == 0)
    #expect(kind(folder.path + "/pipe") == .noSuchInput)
    #expect(FileManager.default.createFile(atPath: folder.path + "/empty", contents: Data()))
    #expect(kind(folder.path + "/empty") == .badData)
  }

  static let data = ProcessInfo.processInfo.environment["NIBBLE_TEST_DATA"]

  @Test("real files of other projects", .enabled(if: data != nil, "NIBBLE_TEST_DATA is not set"))
  func realFiles() throws {
    let folder = try #require(Self.data) + "/safetensors/"
    func embedding(_ name: String) throws -> (TensorInfo, [Float]) {
      let file = try SafetensorsFile(path: folder + name + ".safetensors")
      return (try file.info(named: "embedding"), try file.floats(named: "embedding"))
    }
    let (one, oneValues) = try embedding("tensor-1d-int32")
    #expect(one.type == .int32 && one.shape == [3] && oneValues == [1, 2, 3])
    let (two, twoValues) = try embedding("tensor-2d-float64")
    #expect(two.type == .float64 && two.shape == [2, 3] && twoValues == [1, 2, 3, 24, 25, 26])
    let (three, threeValues) = try embedding("tensor-3d-float32")
    #expect(three.shape == [2, 2, 3])
    #expect(threeValues == [22, 23, 24, 11, 12, 13, 2, 3, 4, 1, 2, 3])
    let (four, fourValues) = try embedding("tensor-4d-float32")
    #expect(four.shape == [2, 3, 1, 3])
    #expect(
      fourValues == [11, 12, 13, 1, 2, 3, 4, 5, 6, 22, 23, 24, 15, 16, 17, 17, 18, 19])
  }

  @Test(
    "Hadamard matrices of a real file times their transposes are n times one",
    .enabled(if: data != nil, "NIBBLE_TEST_DATA is not set"))
  func hadamards() throws {
    let folder = try #require(Self.data) + "/safetensors/"
    let file = try SafetensorsFile(path: folder + "hadamards.safetensors")
    #expect(file.entries.count == 66)
    #expect(!file.metadata.isEmpty)
    for name in file.names {
      let matrix = try file.matrix(named: name)
      // Whole numbers up to 256, which Float and any order of additions hold exactly.
      #expect(matrix.gramOfRows() == Float(matrix.rows) * Matrix.identity(matrix.rows))
    }
  }
}
