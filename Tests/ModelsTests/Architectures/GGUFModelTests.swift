import Foundation
import Models
import Tensors
import Testing

/// Evidence: by another framework; the golden Llama and Qwen2 written as llama.cpp's converter would.
struct GGUFModelTests {
  static let names = [
    "model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output",
    "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
  ]

  /// The name in a GGUF file.
  static func name(_ huggingFace: String) throws -> String {
    var parts = huggingFace.split(separator: ".").map(String.init)
    let kind = parts.removeLast()
    guard parts.count > 3, parts[1] == "layers" else {
      return try #require(names[parts.joined(separator: ".")]) + "." + kind
    }
    let part = try #require(names[parts[3...].joined(separator: ".")])
    return "blk.\(parts[2]).\(part).\(kind)"
  }

  /// Rows of each head of queries or keys so that pairs half a head apart become neighbours.
  static func interleaved(_ matrix: Matrix, headSize: Int) -> Matrix {
    matrix.selectingRows(
      (0..<matrix.rows).map { row in
        let (head, place) = (row / headSize, row % headSize)
        return head * headSize + place / 2 + place % 2 * (headSize / 2)
      })
  }

  static func file(
    _ name: String, interleaving: Bool, adding more: (inout GGUFWriter) throws -> Void = { _ in }
  ) throws -> [UInt8] {
    let configuration = try GoldenModel.configuration(name)
    let architecture = interleaving ? "llama" : "qwen2"
    var writer = GGUFWriter()
    try writer.set("general.architecture", .string(architecture))
    for (key, value) in [
      ("embedding_length", configuration.hiddenSize), ("block_count", configuration.layerCount),
      ("attention.head_count", configuration.headCount),
      ("attention.head_count_kv", configuration.keyValueHeadCount),
      ("feed_forward_length", configuration.feedForwardSize),
      ("context_length", configuration.contextLength),
      ("rope.dimension_count", configuration.headSize),
    ] { try writer.set("\(architecture).\(key)", .integer(Int64(value))) }
    try writer.set("\(architecture).attention.layer_norm_rms_epsilon", .number(1e-6))
    try writer.set("\(architecture).rope.freq_base", .number(10_000))
    try writer.set("tokenizer.ggml.eos_token_id", .integer(2))
    let float32 = try #require(GGUFTensorType(named: "f32"))
    let checkpoint = try GoldenModel.tensors(name)
    for tensor in checkpoint.tensors {
      var matrix = try checkpoint.matrix(named: tensor.name)
      if interleaving, tensor.name.contains("q_proj") || tensor.name.contains("k_proj") {
        matrix = interleaved(matrix, headSize: configuration.headSize)
      }
      let bytes = matrix.elements.withUnsafeBytes { Array($0) }
      try writer.add(Self.name(tensor.name), shape: tensor.shape, type: float32, bytes: bytes)
    }
    try more(&writer)
    return try writer.serialized()
  }

  @Test(
    "a GGUF file gives the logits of the model it was made from",
    arguments: [("llama", true), ("qwen2", false)])
  func logits(name: String, interleaving: Bool) throws {
    let golden = try GoldenModel(name)
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("\(name)-\(UUID().uuidString).gguf").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data(Self.file(name, interleaving: interleaving)).write(to: URL(fileURLWithPath: path))
    let model = try Transformer(path: path)
    #expect(model.configuration.tiesEmbeddings == golden.model.configuration.tiesEmbeddings)
    #expect(model.configuration.endTokens == [2])
    let logits = try model.logits(golden.tokens)
    #expect(logits.maximumDifference(from: golden.logits) < 2e-4)  // as from safetensors
  }

  @Test("an architecture that is not built is refused by name")
  func unknownArchitecture() throws {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("bert-\(UUID().uuidString).gguf").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    var writer = GGUFWriter()
    try writer.set("general.architecture", .string("bert"))
    try Data(writer.serialized()).write(to: URL(fileURLWithPath: path))
    do {
      _ = try Transformer(path: path)
      Issue.record("a BERT was opened")
    } catch {
      #expect("\(error)".contains("bert"))
      #expect(error.kind == .badData)
    }
  }
}
