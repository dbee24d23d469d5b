import Foundation
import Models
import Tensors
import Testing
import Tokenizers

/// By hand: a tokenizer in the keys of a GGUF file, beside a llama2.c file, or of another model.
struct TextModelTests {
  /// A file in a folder of its own; the caller removes the folder.
  private static func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("nibble-text-model-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let path = folder.appendingPathComponent(name)
    try Data(bytes).write(to: path)
    return path.path
  }

  private static func remove(_ path: String) {
    try? FileManager.default.removeItem(atPath: (path as NSString).deletingLastPathComponent)
  }

  /// Three special tokens, "▁", letters, and pieces that merge by their scores; 96 in all, if wanted.
  private static func vocabulary(filledTo count: Int) -> [String] {
    let pieces =
      ["<unk>", "<s>", "</s>", "▁", "a", "b", "c", "▁a", "ab", "▁ab"]
    return pieces + (pieces.count..<max(count, pieces.count)).map { "<filler \($0)>" }
  }

  private static func set(_ pieces: [String], in writer: inout GGUFWriter) throws {
    try writer.set("tokenizer.ggml.model", .string("llama"))
    try writer.set("tokenizer.ggml.tokens", .strings(pieces))
    try writer.set(
      "tokenizer.ggml.scores", .numbers(pieces.indices.map { $0 < 7 ? 0 : Double(-$0) }))
    try writer.set(
      "tokenizer.ggml.token_type",
      .integers(pieces.indices.map { $0 == 0 ? 2 : $0 < 3 || $0 > 9 ? 3 : 1 }))
    try writer.set("tokenizer.ggml.bos_token_id", .integer(1))
    try writer.set("tokenizer.ggml.unknown_token_id", .integer(0))
  }

  @Test("a GGUF file holds a model and its tokenizer")
  func gguf() throws {
    let bytes = try GGUFModelTests.file("llama", interleaving: true) { writer in
      try Self.set(Self.vocabulary(filledTo: 90), in: &writer)
    }
    let path = try Self.file("model.gguf", bytes)
    defer { Self.remove(path) }
    for path in [path, (path as NSString).deletingLastPathComponent] {
      let model = try TextModel(path: path)
      #expect(model.tokenizer.vocabularySize == 90, "six of the model's 96 fill it up")
      // ▁ab: "ab" has the score −8 and "▁a" −7, so "▁a" comes first, and then nothing joins "b"
      // but "▁ab" at −9.
      #expect(try model.tokenizer.encode("ab", special: .template) == [1, 9])
      #expect(try model.tokenizer.encode("cab") == [3, 6, 8])
      #expect(model.beginningToken == 1)
      #expect(model.endTokens == [2])
    }
  }

  @Test("a vocabulary larger than the model's, or less than half of it, is another model's")
  func mismatch() throws {
    for count in [97, 10] {
      let bytes = try GGUFModelTests.file("llama", interleaving: true) { writer in
        try Self.set(Self.vocabulary(filledTo: count), in: &writer)
      }
      let path = try Self.file("model.gguf", bytes)
      defer { Self.remove(path) }
      #expect(
        throws: ModelError.tokenizerDoesNotFit(path: path, tokens: count, vocabulary: 96)
      ) {
        try TextModel(path: path)
      }
    }
  }

  @Test("a GGUF file without a tokenizer, or with keys of the wrong type, says which key it is")
  func keys() throws {
    let bare = try Self.file("bare.gguf", GGUFModelTests.file("llama", interleaving: true))
    defer { Self.remove(bare) }
    #expect(throws: ModelError.missingValue(path: bare, key: "tokenizer.ggml.model")) {
      try Tokenizer.ofModel(at: bare)
    }
    var writer = GGUFWriter()
    try Self.set(Self.vocabulary(filledTo: 0), in: &writer)
    try writer.set("tokenizer.ggml.add_bos_token", .string("yes"))
    let path = try Self.file("vocabulary.gguf", writer.serialized())
    defer { Self.remove(path) }
    let error = #expect(throws: ModelError.self) { try Tokenizer.ofModel(at: path) }
    #expect(error?.kind == .badData)
    #expect("\(error ?? .noTokens)".contains("tokenizer.ggml.add_bos_token"))
  }

  @Test("no tokenizer at all is a missing input")
  func nothing() throws {
    let error = #expect(throws: ModelError.self) {
      try TextModel(path: GoldenModel.folder("llama"))
    }
    #expect(error?.kind == .noSuchInput)
    #expect("\(error ?? .noTokens)".contains("tokenizer.json"))
  }

  @Test(
    "a llama2.c file and the tokenizer beside it, by folder or by file",
    .enabled(if: StoriesModel.data != nil, "NIBBLE_TEST_DATA is not set"))
  func llama2C() throws {
    let folder = try #require(StoriesModel.data)
    for path in [folder, folder + "stories260K.bin"] {
      let model = try TextModel(path: path)
      #expect(model.tokenizer.vocabularySize == 512)
      #expect(model.endTokens == [1, 2])
    }
    let bytes = [UInt8](
      try Data(contentsOf: URL(fileURLWithPath: folder + "stories260K.bin")))
    let alone = try Self.file("stories.bin", bytes)
    defer { Self.remove(alone) }
    let error = #expect(throws: ModelError.self) { try TextModel(path: alone) }
    #expect(error?.kind == .noSuchInput)
    #expect("\(error ?? .noTokens)".contains("put tok512.bin or tokenizer.bin there"))
  }
}
