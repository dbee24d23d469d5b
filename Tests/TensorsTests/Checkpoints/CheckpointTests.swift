import Foundation
import Tensors
import Testing

/// Evidence: by another framework (files that PyTorch, safetensors and gguf wrote).
@Suite("checkpoints of every format through one face")
struct CheckpointTests {
  @Test(
    "golden: names, types, shapes and every value",
    arguments: [
      "views.pt", "legacy.pt", "float8.pt", "state.pt", "sharded", "torch-sharded", "legacy.bin",
      "version1.bin",
    ])
  func golden(name: String) throws {
    let expected = try CheckpointGoldens.expected(name)
    let checkpoint = try Checkpoint(path: CheckpointGoldens.path(name))
    #expect(!expected.isEmpty)
    #expect(Set(checkpoint.names) == Set(expected.keys))
    for (name, tensor) in expected {
      let info = try checkpoint.info(named: name)
      #expect(info.type.name == tensor.type)
      #expect(info.shape == tensor.shape)
      #expect(info.count == tensor.values.count)
      #expect(try checkpoint.floats(named: name) == tensor.values, "\(name)")
      let matrix = try checkpoint.matrix(named: name)
      #expect(matrix.elements == tensor.values)
      #expect(matrix.rows == info.rows && matrix.columns == info.columns)
      var pieces: [Float] = []
      try checkpoint.withFloatChunks(named: name) { pieces += $0 }
      #expect(pieces == tensor.values)
    }
  }

  @Test("golden: blocks are given as they are, by name and type; versions 2 and 3")
  func blocks() throws {
    let expected = try CheckpointGoldens.expected("blocks.gguf")
    for name in ["blocks.gguf", "version2.gguf"] {
      let checkpoint = try Checkpoint(path: CheckpointGoldens.path(name))
      #expect(checkpoint.format == .gguf)
      #expect(Set(checkpoint.names) == Set(expected.keys))
      #expect(checkpoint.metadata["general.alignment"] == .integer(64))
      for (name, tensor) in expected {
        let info = try checkpoint.info(named: name)
        #expect(
          info.type.name.lowercased() == tensor.type.lowercased() && info.shape == tensor.shape)
        guard case .blocks(let type) = info.type else {
          #expect(try checkpoint.floats(named: name) == tensor.values)
          continue
        }
        #expect(info.rows == 2 && info.columns == 256)
        #expect(info.byteCount == 2 * 256 / type.blockLength * type.bytesPerBlock)
        #expect(try checkpoint.bytes(named: name).count == info.byteCount)
        #expect(throws: CheckpointError.self) { try checkpoint.matrix(named: name) }
      }
    }
    #expect(try Checkpoint(path: CheckpointGoldens.path("version2.gguf")).names.count == 11)
  }

  @Test("values beside the tensors of a PyTorch file, under the keys that lead to them")
  func metadata() throws {
    let checkpoint = try Checkpoint(path: CheckpointGoldens.path("views.pt"))
    #expect(checkpoint.format == .pytorch)
    #expect(
      checkpoint.metadata == [
        "step": .integer(12), "rate": .number(0.25), "name": .string("größer"),
        "sizes": .integers([5, 6]), "flag": .boolean(true),
      ])
    let llama = try Checkpoint(path: CheckpointGoldens.path("legacy.bin"))
    #expect(llama.metadata["dim"] == .integer(8) && llama.metadata["n_kv_heads"] == .integer(2))
    #expect(llama.metadata["shared_classifier"] == .boolean(false))
  }

  @Test("what lies row after row is lent from the file itself; a transposed view is not")
  func mapped() throws {
    let checkpoint = try Checkpoint(path: CheckpointGoldens.path("views.pt"))
    let weight = try #require(try checkpoint.mapped(named: "model.w"))
    let values = try checkpoint.floats(named: "model.w")
    #expect(weight.withFloats { Array($0) } == values)
    // Names of one storage lead to one place.
    let tied = try #require(try checkpoint.mapped(named: "model.tied"))
    #expect(weight.withBytes { $0.baseAddress } == tied.withBytes { $0.baseAddress })
    #expect(try checkpoint.mapped(named: "model.transposed") == nil)
    #expect(try !checkpoint.info(named: "model.transposed").isContiguous)
    let half = try #require(try checkpoint.mapped(named: "model.half"))
    #expect(half.withFloats { $0.count } == nil && half.withBytes { $0.count } == 60)

    // The memory outlives the checkpoint.
    func keep() throws -> MappedTensor? {
      try Checkpoint(path: CheckpointGoldens.path("legacy.bin")).mapped(named: "norm.weight")
    }
    let kept = try #require(try keep())
    #expect(
      kept.withFloats { Array($0) }
        == (try CheckpointGoldens.expected("legacy.bin")["norm.weight"]?.values))
  }

  @Test("a missing tensor names the nearest, whatever the format")
  func nearest() throws {
    for (file, asked, found) in [
      ("views.pt", "model.transpose", "model.transposed"), ("sharded", "a.wieght", "a.weight"),
      ("blocks.gguf", "blk.0.q4_0.weigth", "blk.0.q4_0.weight"),
      ("legacy.bin", "layers.1.attention.wq", "layers.1.attention.wq.weight"),
    ] {
      let checkpoint = try Checkpoint(path: CheckpointGoldens.path(file))
      #expect(!checkpoint.contains(asked) && checkpoint.contains(found))
      let error = #expect(throws: CheckpointError.self) { try checkpoint.matrix(named: asked) }
      #expect("\(try #require(error))".contains("\"\(found)\""))
    }
  }

  @Test("what is no checkpoint is told apart: other formats, pointers, pages, nothing")
  func unknown() throws {
    #expect(CheckpointGoldens.problem([])?.contains("it is empty") == true)
    #expect(
      CheckpointGoldens.problem(Array("version https://git-lfs.github.com/spec/v1\n".utf8))?
        .contains("git lfs pull") == true)
    #expect(
      CheckpointGoldens.problem(Array("<!DOCTYPE html><html>".utf8))?.contains("a web page") == true
    )
    #expect(CheckpointGoldens.problem([0x80, 4, 0x4E, 0x2E])?.contains("a bare pickle") == true)
    #expect(CheckpointGoldens.problem(Array("tjgg....".utf8))?.contains("of before GGUF") == true)
    #expect(CheckpointGoldens.problem([1, 2, 3])?.contains("the bytes 01 02 03") == true)
    let error = #expect(throws: CheckpointError.self) { try Checkpoint(path: "/nowhere/model") }
    #expect(try #require(error).isMissingInput)
  }

  @Test("by law: sizes beside a 0 may be of any size, and nothing overflows")
  func emptyWithLargeSizes() throws {
    let header =
      "{\"w\":{\"dtype\":\"F32\",\"shape\":[0,4611686018427387904,4611686018427387904],"
      + "\"data_offsets\":[0,0]}}"
    var bytes = withUnsafeBytes(of: UInt64(header.utf8.count)) { Array($0) }
    bytes += Array(header.utf8)
    let checkpoint = try Checkpoint(bytes: bytes)
    #expect(try checkpoint.matrix(named: "w").rows == 0)
    #expect(try SafetensorsFile(bytes: bytes).matrix(named: "w").isEmpty)
  }

  @Test("other people's data: the 260,000 numbers of a llama2.c model")
  func stories() throws {
    guard let data = ProcessInfo.processInfo.environment["NIBBLE_TEST_DATA"] else {
      print("skipped: NIBBLE_TEST_DATA is not set")
      return
    }
    let path = data + "/tiny-lm/stories260K.bin"
    let checkpoint = try Checkpoint(path: path)
    #expect(checkpoint.format == .llama2c)
    let trained = checkpoint.tensors.filter { !$0.name.hasPrefix("freqs") }
    let numbers: Int = trained.reduce(0) { $0 + $1.count }
    #expect(numbers == 260_032)
    #expect(!checkpoint.contains("output.weight"))
    #expect(try checkpoint.info(named: "layers.4.feed_forward.w2.weight").shape == [64, 172])
    // The angle of pair i at position 1 is 10000^(−i/4); the file was written from such cosines.
    let cosines = try checkpoint.matrix(named: "freqs_cos")
    for pair in 0..<4 {
      let angle = pow(10_000, -Double(pair) / 4)
      #expect(isClose(Double(cosines[1, pair]), cos(angle), within: 1e-6))  // float32 of a cosine
    }
    // The folder holds a tokenizer too, which is no checkpoint.
    #expect(try Checkpoint(path: data + "/tiny-lm").names == checkpoint.names)
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    #expect(
      CheckpointGoldens.problem(bytes.dropLast(4).map { $0 })?
        .contains("has 1056540 bytes and the file has 1056536; copy it again") == true)
    #expect(CheckpointGoldens.problem(bytes + [0])?.contains("it is another format") == true)
  }
}
