import Models
import Quantization
import Tensors
import Testing

/// Evidence: a real, trained model and the text its author published.
struct StoriesTests {
  @Test(
    "stories260K's published greedy text, letter for letter",
    .enabled(if: StoriesModel.data != nil, "NIBBLE_TEST_DATA is not set"))
  func greedy() throws {
    let folder = try #require(StoriesModel.data)
    let model = try Transformer(path: folder + "stories260K.bin")
    let expected = try StoriesModel.expected(folder)
    let generation = try model.generate([1], limit: 256, stopTokens: [])
    let ids =
      expected.tokens.first == 1 ? Array(expected.tokens.dropFirst()) : expected.tokens
    #expect(generation.tokens.prefix(ids.count) == ids[...])
    let pieces = try StoriesModel.pieces(folder)
    var text = generation.tokens.map { pieces[$0] }.joined()
    if text.hasPrefix(" ") { text.removeFirst() }  // one space after the beginning token is dropped
    let published = expected.text
    #expect(text.hasPrefix(published) || published.hasPrefix(text), "\(text)")
    #expect(published.count > 500)
  }

  @Test(
    "its loss over that text, against NumPy in double precision",
    .enabled(if: StoriesModel.data != nil, "NIBBLE_TEST_DATA is not set"))
  func loss() throws {
    let folder = try #require(StoriesModel.data)
    let model = try Transformer(path: folder + "stories260K.bin")
    let expected = try StoriesModel.expected(folder)
    let ids = expected.tokens.first == 1 ? expected.tokens : [1] + expected.tokens
    let window = try EvaluationProtocol.gptq(window: ids.count).windows(of: ids)
    let sums = try Evaluator(model).evaluate(window)
    #expect(sums.tokens == ids.count - 1)
    // Single precision through five layers: losses of about 1 differ by some 1e-6.
    #expect(abs(sums.meanLoss - expected.meanLoss) < 1e-5)
  }

  @Test(
    "written as a GGUF file in blocks: as good as it was at eight bits, a little worse at four",
    .enabled(if: StoriesModel.data != nil, "NIBBLE_TEST_DATA is not set"),
    arguments: [("q8_0", 0.01), ("q5_0", 0.1), ("q4_0", 0.3), ("iq4_nl", 0.3)])
  func blocks(name: String, allowed: Double) throws {
    let folder = try #require(StoriesModel.data)
    let format = try BlockFormat(named: name)
    let source = try Checkpoint(path: folder + "stories260K.bin")
    let floats = try Transformer(path: folder + "stories260K.bin")
    var writer = GGUFWriter()
    try BlockModel.setKeys(of: floats.configuration, in: &writer)
    try writer.set("llama.attention.layer_norm_rms_epsilon", .number(1e-5))
    for tensor in source.tensors {
      guard let theirs = Self.name(tensor.name) else { continue }
      let matrix = try source.matrix(named: tensor.name)
      if tensor.shape.count == 2, tensor.columns % 32 == 0 {
        let type = try #require(GGUFTensorType(named: name))
        try writer.add(
          theirs, shape: tensor.shape, type: type, bytes: format.quantized(matrix).bytes)
      } else if tensor.shape.count == 2 {
        try writer.add(theirs, matrix, as: .float16)  // rows of 172, as llama.cpp falls back
      } else {
        let float32 = try #require(GGUFTensorType(plain: .float32))
        try writer.add(
          theirs, shape: tensor.shape, type: float32,
          bytes: matrix.elements.withUnsafeBytes { Array($0) })
      }
    }
    let expected = try StoriesModel.expected(folder)
    let ids = expected.tokens.first == 1 ? expected.tokens : [1] + expected.tokens
    let window = try EvaluationProtocol.gptq(window: ids.count).windows(of: ids)
    try BlockModel.withFile(writer) { path in
      let model = try Transformer(path: path)
      #expect(model.layer(LinearLayerID(block: 0, role: .up)) is PackedBlockLinear)
      #expect(model.layer(LinearLayerID(block: 0, role: .down)) is DenseLayer)
      let loss = try Evaluator(model).evaluate(window).meanLoss
      // Its own greedy text: rounding weights can hardly make it more probable.
      #expect(loss - expected.meanLoss < allowed && loss - expected.meanLoss > -0.01, "\(loss)")
    }
  }

  /// What a GGUF file calls a tensor of llama2.c's; nil for tables that are computed.
  private static func name(_ original: String) -> String? {
    let names = [
      "tok_embeddings": "token_embd", "norm": "output_norm", "output": "output",
      "attention_norm": "attn_norm", "ffn_norm": "ffn_norm", "attention.wq": "attn_q",
      "attention.wk": "attn_k", "attention.wv": "attn_v", "attention.wo": "attn_output",
      "feed_forward.w1": "ffn_gate", "feed_forward.w2": "ffn_down", "feed_forward.w3": "ffn_up",
    ]
    var parts = original.split(separator: ".").map(String.init)
    guard parts.popLast() == "weight" else { return nil }
    let block = parts.first == "layers" ? "blk.\(parts[1])." : ""
    if parts.first == "layers" { parts.removeFirst(2) }
    return names[parts.joined(separator: ".")].map { block + $0 + ".weight" }
  }
}
