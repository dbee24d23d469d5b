import Models
import Quantization
import Tensors
import Testing
import Tokenizers

/// Evidence: by another framework (`Tests/Goldens/models/make_gguf.py`), and by second implementation.
struct GGUFBlockModelTests {
  @Test("a Llama in sixteen types of blocks: transformers' logits for what gguf says they hold")
  func golden() throws {
    let (tokens, logits) = try BlockModel.expected()
    for keepsBlocks in [true, false] {
      let model = try Transformer(path: BlockModel.golden, keepsBlocks: keepsBlocks)
      #expect(model.configuration.contextLength == 48 && model.configuration.headSize == 64)
      // As for the float models: two float32 computations of numbers up to 6.
      #expect(try model.logits(tokens).maximumDifference(from: logits) < 2e-4)
    }
    let model = try Transformer(path: BlockModel.golden)
    let reference = Matrix(model.logitsReference(tokens).map { $0.map { Float($0) } })
    #expect(reference.maximumDifference(from: logits) < 2e-4)
    // Token by token: products with the codes themselves.
    let cache = KeyValueCache(for: model.configuration)
    for (index, token) in tokens.enumerated() {
      let row = try model.logits([token], cache: cache)
      #expect(row.maximumDifference(from: logits.rows(in: index..<index + 1)) < 2e-4)
    }
  }

  @Test("every format runs: the logits of its decoded numbers", arguments: BlockFormat.all)
  func everyFormat(format: BlockFormat) throws {
    let tokens = [1, 7, 40, 3, 3, 22, 0, 47]
    let logits = try BlockModel.withFile(nil, decoding: format) {
      try Transformer(path: $0).logits(tokens)
    }
    try BlockModel.withFile(format) { path in
      // Decoded on loading: the same numbers in the same places.
      #expect(try Transformer(path: path, keepsBlocks: false).logits(tokens) == logits)
      let packed = try Transformer(path: path)
      for id in packed.linearLayers { #expect(packed.layer(id) is PackedBlockLinear) }
      let difference = try packed.logits(tokens).maximumDifference(from: logits)
      // Rounding of sums of 512 products, as between any two orders of adding.
      let largest = logits.elements.map(abs).max() ?? 0
      #expect(difference < 1e-4 * largest, "\(difference)")
      // Token by token: products with the codes themselves.
      let cache = KeyValueCache(for: packed.configuration)
      for (index, token) in tokens.enumerated() {
        let row = try packed.logits([token], cache: cache)
        let expected = logits.rows(in: index..<index + 1)
        #expect(row.maximumDifference(from: expected) < 1e-4 * largest, "token \(index)")
      }
      let up = try #require(packed.layer(LinearLayerID(block: 0, role: .up)))
      #expect(up.byteCount == 512 * format.bytesPerRow(columns: 256))
    }
  }

  @Test("the text in a file of blocks comes back: its own tokenizer is found")
  func tokenizer() throws {
    let model = try TextModel(path: BlockModel.golden)
    #expect(model.beginningToken == 1 && model.endTokens == [2])
    let ids = try model.tokenizer.encode("the sun")
    #expect(try model.tokenizer.decode(ids).hasSuffix("the sun"))
    #expect(try model.transformer.logits(ids).rows == ids.count)
  }

  @Test("blocks that no format here reads are refused, with those that are")
  func unknownBlocks() throws {
    var writer = GGUFWriter()
    try BlockModel.setKeys(of: BlockModel.configuration, in: &writer)
    let type = try #require(GGUFTensorType(named: "iq2_xs"))
    try writer.add(
      "token_embd.weight", shape: [48, 256], type: type,
      bytes: [UInt8](repeating: 0, count: 48 * 74))
    try BlockModel.withFile(writer) { path in
      do {
        _ = try Transformer(path: path)
        Issue.record("blocks without a format were read")
      } catch let error as ModelError {
        #expect(
          error == .wrongType(path: path, name: "token_embd.weight", type: "iq2_xs"))
        #expect(error.kind == .badData && "\(error)".contains("q4_k"))
      }
    }
  }

  @Test(
    "keys of a Llama that computes something else are refused by name",
    arguments: [
      ("llama.rope.scaling.type", .string("yarn"), "yarn"),
      ("llama.rope.scaling.type", .string("longrope"), "longrope"),
      ("llama.expert_count", .integer(8), "experts"),
      ("llama.attention.scale", .number(0.1), "factor"),
      ("llama.logit_scale", .number(0.5), "logits"),
      ("llama.rope.dimension_count", .integer(32), "in part"),
      ("llama.attention.value_length", .integer(32), "values"),
      ("llama.attention.causal", .boolean(false), "later"),
      ("llama.vocab_size", .integer(47), "token_embd"),
      ("llama.attention.head_count_kv", .integers([1, 2]), "whole number"),
      ("llama.attention.head_count", .integer(7), "does not divide"),
      ("llama.block_count", .integer(1 << 20), "block_count"),
      ("llama.rope.freq_base", .number(-1), "above 0"),
      ("general.architecture", .string("phi3"), "phi3"),
    ] as [(String, GGUFValue, String)])
  func refusals(key: String, value: GGUFValue, word: String) throws {
    try Self.withKey(key, value) { path in
      do {
        _ = try Transformer(path: path)
        Issue.record("\(key) was ignored")
      } catch let error as ModelError {
        #expect("\(error)".contains(word), "\(error)")
        #expect("\(error)".contains(path))
        #expect(error.kind == .badData)
      }
    }
  }

  @Test(
    "by hand: a factor without a type is linear, and windows narrower than the context are kept")
  func readings() throws {
    func configuration(_ key: String, _ value: GGUFValue) throws -> ModelConfiguration {
      try Self.withKey(key, value) { try Transformer(path: $0).configuration }
    }
    func scaling(_ key: String, _ value: GGUFValue) throws -> RotaryEmbedding.Scaling? {
      guard case .rotary(let rotary) = try configuration(key, value).positions else { return nil }
      return rotary.scaling
    }
    #expect(try scaling("llama.rope.scaling.factor", .number(4)) == .linear(factor: 4))
    #expect(try scaling("llama.rope.scale_linear", .number(2)) == .linear(factor: 2))
    #expect(try scaling("llama.rope.scaling.type", .string("none")) == RotaryEmbedding.Scaling.none)
    let key = "llama.attention.sliding_window"
    #expect(try configuration(key, .integer(16)).windows == [16])
    #expect(try configuration(key, .integer(64)).windows == [nil])  // the whole context
    #expect(
      try configuration("tokenizer.ggml.eot_token_id", .integer(5)).endTokens == [5])
  }

  /// A small Llama in F32 with a key added or changed.
  private static func withKey<Result>(
    _ key: String, _ value: GGUFValue, _ body: (String) throws -> Result
  ) throws -> Result {
    var writer = GGUFWriter()
    try BlockModel.setKeys(of: BlockModel.configuration, in: &writer)
    try writer.set(key, value)
    let source = RandomTensors(BlockModel.configuration, seed: 1)
    let float32 = try #require(GGUFTensorType(named: "f32"))
    for name in source.names {
      let bytes = try source.matrix(name).elements.withUnsafeBytes { Array($0) }
      try writer.add(
        GGUFModelTests.name(name), shape: try #require(source.info(name)?.shape), type: float32,
        bytes: bytes)
    }
    return try BlockModel.withFile(writer, body)
  }
}
