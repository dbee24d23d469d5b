internal import Tensors

extension ModelConfiguration {
  /// What the keys of a GGUF file say of a Llama, a Mistral (which GGUF calls a Llama) or a Qwen2.
  ///
  /// Biases and a tied head are told by which tensors are there, as llama.cpp does.
  init(gguf checkpoint: Checkpoint) throws(ModelError) {
    let path = checkpoint.path
    let values = checkpoint.metadata
    guard let name = values["general.architecture"]?.string else {
      throw .missingValue(path: path, key: "general.architecture")
    }
    guard name == "llama" || name == "qwen2" else {
      throw .unsupported(
        path: path, key: "general.architecture", value: "\"\(name)\"",
        reason: "of GGUF files this engine runs llama (Mistral included) and qwen2")
    }
    func size(_ key: String, default fallback: Int? = nil) throws(ModelError) -> Int {
      guard let value = values["\(name).\(key)"] else {
        if let fallback { return fallback }
        throw .missingValue(path: path, key: "\(name).\(key)")
      }
      guard let size = value.integer, 1...1 << 24 ~= size else {
        throw .invalidValue(
          path: path, key: "\(name).\(key)", value: "\(value)",
          expected: "a whole number from 1 to \(1 << 24)")
      }
      return size
    }
    let hidden = try size("embedding_length")
    let heads = try size("attention.head_count")
    let layers = try size("block_count")
    let vocabulary = checkpoint.info("token_embd.weight")?.shape.first ?? 0
    guard let epsilon = values["\(name).attention.layer_norm_rms_epsilon"]?.number, epsilon > 0
    else {
      throw .missingValue(path: path, key: "\(name).attention.layer_norm_rms_epsilon")
    }
    let headSize = try size("attention.key_length", default: max(1, hidden / heads))
    let rotated = try size("rope.dimension_count", default: headSize)
    guard rotated == headSize else {
      throw .unsupported(
        path: path, key: "\(name).rope.dimension_count", value: "\(rotated)",
        reason: "heads of \(headSize) that are rotated in part are not built")
    }
    func has(_ tensor: String) -> Bool { checkpoint.info(tensor) != nil }
    self.init(
      family: name == "qwen2" ? .qwen2 : .llama,
      vocabularySize: max(1, vocabulary),
      hiddenSize: hidden,
      embeddingSize: hidden,
      layerCount: layers,
      headCount: heads,
      keyValueHeadCount: try size("attention.head_count_kv", default: heads),
      headSize: headSize,
      feedForwardSize: try size("feed_forward_length"),
      contextLength: try size("context_length"),
      normalization: .rootMeanSquare(epsilon: Float(epsilon)),
      normalizesFirst: true,
      hasFinalNorm: true,
      activation: .silu,
      isGated: true,
      positions: .rotary(
        RotaryEmbedding(
          base: values["\(name).rope.freq_base"]?.number ?? 10_000,
          layout: name == "qwen2" ? .halves : .interleaved,
          scaling: try Self.scaling(values, name, path))),
      hasQueryKeyValueBias: has("blk.0.attn_q.bias"),
      hasAttentionOutputBias: has("blk.0.attn_output.bias"),
      hasFeedForwardBias: has("blk.0.ffn_up.bias"),
      tiesEmbeddings: !has("output.weight"),
      windows: Array(repeating: nil, count: layers),
      beginningToken: values["tokenizer.ggml.bos_token_id"]?.integer,
      endTokens: values["tokenizer.ggml.eos_token_id"]?.integer.map { [$0] } ?? [])
    try requireConsistency(path)
  }

  private static func scaling(
    _ values: [String: GGUFValue], _ name: String, _ path: String
  ) throws(ModelError) -> RotaryEmbedding.Scaling {
    let key = "\(name).rope.scaling.type"
    switch values[key]?.string ?? "none" {
    case "none": return .none
    case "linear":
      guard let factor = values["\(name).rope.scaling.factor"]?.number, factor > 0 else {
        throw .missingValue(path: path, key: "\(name).rope.scaling.factor")
      }
      return .linear(factor: factor)
    case let other:
      throw .unsupported(
        path: path, key: key, value: "\"\(other)\"",
        reason: "of GGUF's kinds this engine has linear")
    }
  }
}
