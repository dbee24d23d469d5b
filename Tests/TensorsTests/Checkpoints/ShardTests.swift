import Foundation
import Tensors
import Testing

/// Evidence: by hand, and by law (what is written in shards is read back).
@Suite("checkpoints of several files")
struct ShardTests {
  /// Three tensors of 40, 24 and 8 bytes.
  static func writer() throws -> SafetensorsWriter {
    var writer = SafetensorsWriter(metadata: ["format": "pt"])
    try writer.add("layers.10.w", Matrix(rows: 2, columns: 5) { Float($0 * 5 + $1) })
    try writer.add("layers.2.w", Matrix(rows: 3, columns: 4) { Float($0 - $1) }, as: .bfloat16)
    try writer.add("bias", shape: [2], [0.5, -0.25])
    return writer
  }

  private func copy(_ folder: String, to target: TemporaryFolder) throws {
    let source = CheckpointGoldens.path(folder)
    for name in try FileManager.default.contentsOfDirectory(atPath: source) {
      try FileManager.default.copyItem(
        atPath: source + "/" + name, toPath: target.path + "/" + name)
    }
  }

  private func write(_ text: String, to path: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  }

  @Test("shards are filled in the order of the tensors, and read back as one")
  func written() throws {
    let folder = try TemporaryFolder()
    let names = try Self.writer().write(toFolder: folder.path, maximumShardSize: 40)
    #expect(names == ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"])
    #expect(try folder.names() == names + ["model.safetensors.index.json"])
    #expect(
      try String(contentsOfFile: folder.path + "/model.safetensors.index.json", encoding: .utf8)
        == """
        {
          "metadata": {
            "total_size": 72
          },
          "weight_map": {
            "bias": "model-00002-of-00002.safetensors",
            "layers.10.w": "model-00001-of-00002.safetensors",
            "layers.2.w": "model-00002-of-00002.safetensors"
          }
        }

        """)
    // The very bytes that the safetensors package was seen to read.
    for name in try folder.names() {
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.path + "/" + name)))
      #expect(try CheckpointGoldens.isGolden(bytes, "written/\(name)"), "\(name)")
    }
    let checkpoint = try Checkpoint(path: folder.path)
    #expect(checkpoint.files == names.map { folder.path + "/" + $0 })
    #expect(checkpoint.metadata == ["format": .string("pt")])
    #expect(try checkpoint.info(named: "bias").fileIndex == 1)
    #expect(try checkpoint.floats(named: "bias") == [0.5, -0.25])
    #expect(
      try checkpoint.matrix(named: "layers.2.w") == Matrix(rows: 3, columns: 4) { Float($0 - $1) })
    // Through its list, too.
    let list = try Checkpoint(path: folder.path + "/model.safetensors.index.json")
    #expect(list.names == checkpoint.names)
  }

  @Test("by law: whatever the limit, every tensor is written once and read back")
  func limits() throws {
    let bytes = try Self.writer().serialized()
    let whole = try Checkpoint(bytes: bytes)
    for limit in [1, 8, 23, 24, 32, 39, 64, 71, 72, 1_000] {
      let folder = try TemporaryFolder()
      let names = try Self.writer().write(toFolder: folder.path, maximumShardSize: limit)
      let checkpoint = try Checkpoint(path: folder.path)
      #expect(Set(checkpoint.names) == Set(whole.names) && checkpoint.names.count == 3)
      for name in whole.names {
        #expect(try checkpoint.bytes(named: name) == whole.bytes(named: name))
      }
      for file in 0..<checkpoint.files.count {
        let sizes = checkpoint.tensors.filter { $0.fileIndex == file }.map(\.byteCount)
        #expect(sizes.count == 1 || sizes.reduce(0, +) <= limit)
      }
      #expect(names.count == 1 ? names == ["model.safetensors"] : limit < 72)
    }
  }

  @Test("nothing is replaced unless that was asked for; then the old checkpoint is gone")
  func replacing() throws {
    let folder = try TemporaryFolder()
    let writer = try Self.writer()
    try writer.write(toFolder: folder.path, maximumShardSize: 1_000)
    let before = try folder.names()
    // Readers prefer one file to shards: the old one would hide the new ones.
    #expect(throws: SafetensorsError.outputExists(path: folder.path + "/model.safetensors")) {
      try writer.write(toFolder: folder.path, maximumShardSize: 8)
    }
    #expect(try folder.names() == before)
    var other = SafetensorsWriter()
    try other.add("x", shape: [2], [1, 2])
    try other.add("y", shape: [2], [3, 4])
    try other.write(toFolder: folder.path, maximumShardSize: 8, replacing: true)
    #expect(try Checkpoint(path: folder.path).names == ["x", "y"])
    #expect(
      throws: SafetensorsError.outputExists(path: folder.path + "/model.safetensors.index.json")
    ) {
      try writer.write(toFolder: folder.path, maximumShardSize: 1_000)
    }
    try writer.write(toFolder: folder.path, maximumShardSize: 1_000, replacing: true)
    #expect(try Checkpoint(path: folder.path).names.count == 3)
  }

  @Test("a shard in the way leaves nothing of the others behind")
  func inTheWay() throws {
    let folder = try TemporaryFolder()
    try write("old", to: folder.path + "/model-00002-of-00002.safetensors")
    #expect(throws: SafetensorsError.self) {
      try Self.writer().write(toFolder: folder.path, maximumShardSize: 40)
    }
    #expect(try folder.names() == ["model-00002-of-00002.safetensors"])
  }

  @Test("a missing shard and a tensor that is not where the list says are named")
  func missing() throws {
    let folder = try TemporaryFolder()
    try copy("sharded", to: folder)
    let shard = folder.path + "/model-00002-of-00003.safetensors"
    let kept = try Data(contentsOf: URL(fileURLWithPath: shard))
    try FileManager.default.removeItem(atPath: shard)
    let words = try #require(CheckpointGoldens.problem(at: folder.path))
    #expect(words.contains("\"model-00002-of-00003.safetensors\" is not there"))
    #expect(words.contains("\"b.weight\""))
    // Without its list, the names of the files say that one is missing.
    try FileManager.default.removeItem(atPath: folder.path + "/model.safetensors.index.json")
    #expect(
      CheckpointGoldens.problem(at: folder.path)?
        .contains("\"model-00002-of-00003.safetensors\" is not there") == true)
    try kept.write(to: URL(fileURLWithPath: shard))
    #expect(try Checkpoint(path: folder.path).names.count == 5)

    try write(
      "{\"weight_map\": {\"a.weigth\": \"model-00001-of-00003.safetensors\"}}",
      to: folder.path + "/model.safetensors.index.json")
    let promise = try #require(CheckpointGoldens.problem(at: folder.path))
    #expect(
      promise.contains("promises tensor \"a.weigth\" in \"model-00001-of-00003.safetensors\""))
    #expect(promise.contains("the nearest there: \"a.weight\""))

    try write(
      "{\"weight_map\": {\"a.weight\": \"model-00001-of-00003.safetensors\"}}",
      to: folder.path + "/model.safetensors.index.json")
    let part = try Checkpoint(path: folder.path)
    #expect(part.names == ["a.weight"] && part.unlisted == ["a.bias"])
  }

  @Test(
    "a list that leads out of its folder, or is no list, is refused",
    arguments: [
      ("{\"weight_map\": {\"a\": \"../secret\"}}", "\"../secret\" is not the name of a file"),
      ("{\"weight_map\": {\"a\": \"/etc/passwd\"}}", "is not the name of a file"),
      ("{\"weight_map\": {\"a\": \"..\"}}", "is not the name of a file"),
      ("{\"weight_map\": {\"a\": \"x\\u0000y\"}}", "is not the name of a file"),
      ("{\"weight_map\": {}}", "no weight_map"),
      ("{\"metadata\": {}}", "no weight_map"),
      ("{\"weight_map\": {\"a\": \"x\", \"a\": \"y\"}}", "\"a\" stands twice"),
      ("{\"weight_map\": {\"a\": 1}}", "expected a string"),
      ("{\"weight_map\": {\"a\": \"x\"}", "byte 25: expected }"),
    ])
  func lists(text: String, words: String) throws {
    let folder = try TemporaryFolder()
    try write(text, to: folder.path + "/model.safetensors.index.json")
    let problem = try #require(CheckpointGoldens.problem(at: folder.path))
    #expect(problem.contains(words))
    #expect(problem.contains("model.safetensors.index.json"))
  }

  @Test("in a folder, what is meant is found; where two could be, both are named")
  func folders() throws {
    let folder = try TemporaryFolder()
    #expect(throws: CheckpointError.emptyFolder(path: folder.path)) {
      try Checkpoint(path: folder.path)
    }
    for name in ["training_args.bin", "optimizer.pt"] {
      try Data(try CheckpointGoldens.bytes("code.pt")).write(
        to: URL(fileURLWithPath: folder.path + "/" + name))
    }
    try write("no checkpoint", to: folder.path + "/notes.bin")
    #expect(throws: CheckpointError.emptyFolder(path: folder.path)) {
      try Checkpoint(path: folder.path)
    }
    func add(_ golden: String, as name: String) throws {
      try Data(try CheckpointGoldens.bytes(golden)).write(
        to: URL(fileURLWithPath: folder.path + "/" + name))
    }
    // Least preferred first: each new file takes the place of those before it.
    try add("views.pt", as: "consolidated.pth")
    #expect(try Checkpoint(path: folder.path).format == .pytorch)
    try add("blocks.gguf", as: "x.gguf")
    #expect(try Checkpoint(path: folder.path).format == .gguf)
    try add("version2.gguf", as: "y.gguf")
    #expect(
      throws: CheckpointError.severalCheckpoints(path: folder.path, names: ["x.gguf", "y.gguf"])
    ) { try Checkpoint(path: folder.path) }
    try add("state.pt", as: "pytorch_model.bin")
    #expect(try Checkpoint(path: folder.path).files == [folder.path + "/pytorch_model.bin"])
    try Self.writer().write(to: folder.path + "/model.safetensors")
    #expect(try Checkpoint(path: folder.path).format == .safetensors)
  }
}
