internal import Tensors

extension ModelConfiguration {
  /// What the keys of a GGUF file say of a Llama, a Mistral (which GGUF calls a Llama) or a Qwen2.
  ///
  /// Biases and a tied head are told by which tensors are there, as llama.cpp does. Keys that would
  /// change the numbers and are not built are refused by name.
  init(gguf checkpoint: Checkpoint) throws(ModelError) {
    let path = checkpoint.path
    guard let name = checkpoint.metadata["general.architecture"]?.string else {
      throw .missingValue(path: path, key: "general.architecture")
    }
    guard name == "llama" || name == "qwen2" else {
      throw .unsupported(
        path: path, key: "general.architecture", value: "\"\(name)\"",
        reason: "of GGUF files this engine runs llama (Mistral included) and qwen2")
    }
    let values = ConfigurationValues(gguf: checkpoint, architecture: name)
    try Self.refuseWhatIsNotBuilt(values)
    let hidden = try values.size("embedding_length")
    let heads = try values.size("attention.head_count")
    let layers = try values.layers("block_count")
    let context = try values.size("context_length")
    let headSize =
      try values["attention.key_length"] != nil
      ? values.size("attention.key_length")
      : Self.headSize(
        width: hidden, heads: heads, path: path, widthKey: "\(name).embedding_length",
        headsKey: "\(name).attention.head_count")
    for key in ["rope.dimension_count", "attention.value_length"] {
      try values.refuse(
        key, if: try values.size(key, default: headSize) != headSize,
        key.hasPrefix("rope")
          ? "heads of \(headSize) that are rotated in part are not built"
          : "values of another width than keys, \(headSize), are not built")
    }
    func has(_ tensor: String) -> Bool { checkpoint.info(tensor) != nil }
    self.init(
      family: name == "qwen2" ? .qwen2 : .llama,
      vocabularySize: try vocabulary(checkpoint, values),
      hiddenSize: hidden,
      embeddingSize: hidden,
      layerCount: layers,
      headCount: heads,
      keyValueHeadCount: try values.size("attention.head_count_kv", default: heads),
      headSize: headSize,
      feedForwardSize: try values.size("feed_forward_length"),
      contextLength: context,
      normalization: .rootMeanSquare(
        epsilon: Float(try values.positive("attention.layer_norm_rms_epsilon"))),
      normalizesFirst: true,
      hasFinalNorm: true,
      activation: .silu,
      isGated: true,
      positions: .rotary(
        RotaryEmbedding(
          base: try values.positive("rope.freq_base", default: 10_000),
          layout: name == "qwen2" ? .halves : .interleaved, scaling: try Self.scaling(values))),
      hasQueryKeyValueBias: has("blk.0.attn_q.bias"),
      hasAttentionOutputBias: has("blk.0.attn_output.bias"),
      hasFeedForwardBias: has("blk.0.ffn_up.bias"),
      tiesEmbeddings: !has("output.weight"),
      windows: Array(repeating: try window(values, name, context: context), count: layers),
      beginningToken: checkpoint.metadata["tokenizer.ggml.bos_token_id"]?.integer,
      endTokens: ["eos", "eot"].compactMap {
        checkpoint.metadata["tokenizer.ggml.\($0)_token_id"]?.integer
      })
    try requireConsistency(path)
  }

  /// Refuses models of the same name that compute something else.
  private static func refuseWhatIsNotBuilt(_ values: ConfigurationValues) throws(ModelError) {
    let factors: [(key: String, neutral: Set<Double>, reason: String)] = [
      ("expert_count", [0], "a mixture of experts is not built"),
      ("attention.clamp_kqv", [0], "clamping queries, keys and values is not built"),
      ("attention.max_alibi_bias", [0], "attention that falls with distance is not built"),
      ("attention.scale", [0], "attention with a factor of its own is not built"),
      ("attn_logit_softcapping", [0], "bending the attention's scores is not built"),
      ("final_logit_softcapping", [0], "bending the logits is not built"),
      ("logit_scale", [0, 1], "a factor on the logits is not built"),
      ("embedding_scale", [0, 1], "a factor on the embedding is not built"),
      ("residual_scale", [0, 1], "a factor on the residuals is not built"),
      ("rope.scaling.attn_factor", [1], "a factor on the rotated channels is not built"),
    ]
    for (key, neutral, reason) in factors {
      if let number = try values.number(key) {
        try values.refuse(key, if: !neutral.contains(number), reason)
      }
    }
    try values.refuse(
      "use_parallel_residual", if: try values.flag("use_parallel_residual", default: false),
      "attention and feed-forward layer side by side are not built")
    try values.refuse(
      "attention.causal", if: try !values.flag("attention.causal", default: true),
      "attention to later tokens is not built")
    try values.refuse(
      "attention.sliding_window_pattern", if: true, "windows in some layers are not built")
  }

  /// llama.cpp's reading: a factor without a type is linear.
  private static func scaling(
    _ values: ConfigurationValues
  ) throws(ModelError) -> RotaryEmbedding.Scaling {
    let key = "rope.scaling.type"
    let factorKey = ["rope.scaling.factor", "rope.scale_linear"].first { values[$0] != nil }
    switch try values.text(key, default: factorKey == nil ? "none" : "linear") {
    case "none": return .none
    case "linear": return .linear(factor: try values.positive(factorKey ?? "rope.scaling.factor"))
    case let other:
      throw .unsupported(
        path: values.path, key: values.prefix + key, value: "\"\(other)\"",
        reason: "of GGUF's kinds this engine has none and linear")
    }
  }
}

/// Rows of the embedding; a size that is stated must be theirs.
private func vocabulary(
  _ checkpoint: Checkpoint, _ values: ConfigurationValues
) throws(ModelError) -> Int {
  guard let info = checkpoint.info("token_embd.weight") else {
    throw checkpoint.missing("token_embd.weight")
  }
  let rows = info.shape.count == 2 ? info.shape[0] : 0
  let stated = try values.size("vocab_size", default: max(1, rows))
  guard rows > 0, stated == rows else {
    throw .contradiction(
      path: values.path,
      reason: "\(values.prefix)vocab_size is \(stated) and token_embd.weight has shape "
        + "\(info.shape)")
  }
  return rows
}

/// A window over every layer, as Mistral's; nil where none is stated or it spans the context.
private func window(
  _ values: ConfigurationValues, _ architecture: String, context: Int
) throws(ModelError) -> Int? {
  let key = "attention.sliding_window"
  let window = try values.whole(key, in: 0...1 << 31, default: 0)
  if window == 0 || window >= context { return nil }
  try values.refuse(
    key, if: architecture != "llama", "which layers of a \(architecture) have it, a file cannot say"
  )
  return window
}

extension ConfigurationValues {
  /// The keys of a GGUF file that begin with its architecture's name.
  fileprivate init(gguf checkpoint: Checkpoint, architecture: String) {
    let prefix = architecture + "."
    var values: [String: JSONValue] = [:]
    for (key, value) in checkpoint.metadata where key.hasPrefix(prefix) {
      values[String(key.dropFirst(prefix.count))] = JSONValue(value)
    }
    self.init(path: checkpoint.path, prefix: prefix, values: values)
  }

  /// A number; nil where there is none.
  fileprivate func number(_ key: String) throws(ModelError) -> Double? {
    switch self[key] {
    case nil: return nil
    case .integer(let number): return Double(number)
    case .number(let number): return number
    case .some(let value): throw invalid(key, value, "a number")
    }
  }
}

extension JSONValue {
  /// A GGUF file's value as a configuration's.
  fileprivate init(_ value: GGUFValue) {
    self =
      switch value {
      case .integer(let number): .integer(Int(number))
      case .unsigned(let number): .number(Double(number))
      case .number(let number): .number(number)
      case .boolean(let flag): .bool(flag)
      case .string(let text): .string(text)
      case .integers(let list): .array(list.map { .integer(Int($0)) })
      case .numbers(let list): .array(list.map { .number($0) })
      case .booleans(let list): .array(list.map { .bool($0) })
      case .strings(let list): .array(list.map { .string($0) })
      }
  }
}
