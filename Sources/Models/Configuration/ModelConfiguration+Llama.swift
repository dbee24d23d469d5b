extension ModelConfiguration {
  /// Llama, Mistral and Qwen2: rotary positions, RMS norms, a gated feed-forward layer.
  ///
  /// Defaults are those of transformers' `LlamaConfig`, `MistralConfig` and `Qwen2Config`.
  ///
  /// Source: Touvron et al. 2023, arXiv:2302.13971; Jiang et al. 2023, arXiv:2310.06825; Yang et al.
  /// 2024, arXiv:2407.10671.
  static func llama(
    _ values: ConfigurationValues, _ family: Family
  ) throws(ModelError) -> ModelConfiguration {
    let hidden = try values.size("hidden_size")
    let heads = try values.size("num_attention_heads")
    let layers = try values.layers("num_hidden_layers")
    let context = try values.size("max_position_embeddings", default: 2048)
    let hasBias = try values.flag("attention_bias", default: false)
    return ModelConfiguration(
      family: family,
      vocabularySize: try values.size("vocab_size"),
      hiddenSize: hidden,
      embeddingSize: hidden,
      layerCount: layers,
      headCount: heads,
      keyValueHeadCount: try values.size("num_key_value_heads", default: heads),
      headSize: values["head_dim"] != nil
        ? try values.size("head_dim")
        : try headSize(
          width: hidden, heads: heads, path: values.path, widthKey: "hidden_size",
          headsKey: "num_attention_heads"),
      feedForwardSize: try values.size("intermediate_size"),
      contextLength: context,
      normalization: .rootMeanSquare(
        epsilon: Float(try values.positive("rms_norm_eps", default: 1e-6))),
      normalizesFirst: true,
      hasFinalNorm: true,
      activation: try .named(try values.text("hidden_act", default: "silu"), values, "hidden_act"),
      isGated: true,
      positions: .rotary(try rotary(values)),
      hasQueryKeyValueBias: family == .qwen2 || hasBias,
      hasAttentionOutputBias: family == .llama && hasBias,
      hasFeedForwardBias: family == .llama ? try values.flag("mlp_bias", default: false) : false,
      tiesEmbeddings: try values.flag("tie_word_embeddings", default: false),
      windows: try windows(values, family, layers),
      beginningToken: try values.tokens("bos_token_id").first,
      endTokens: try values.tokens("eos_token_id"))
  }

  /// How far each layer sees: Mistral's every layer, Qwen2's upper ones where it is switched on.
  private static func windows(
    _ values: ConfigurationValues, _ family: Family, _ layers: Int
  ) throws(ModelError) -> [Int?] {
    let everything = [Int?](repeating: nil, count: layers)
    guard family != .llama, values["sliding_window"] != nil else { return everything }
    let window = try values.size("sliding_window")
    if family == .mistral { return [Int?](repeating: window, count: layers) }
    guard try values.flag("use_sliding_window", default: false) else { return everything }
    if case .array(let types) = values["layer_types"] {
      guard types.count == layers else {
        throw .contradiction(
          path: values.path, reason: "layer_types has \(types.count) entries for \(layers) layers")
      }
      return try types.map { (type) throws(ModelError) -> Int? in
        switch type {
        case .string("full_attention"): return nil
        case .string("sliding_attention"): return window
        default:
          throw values.invalid("layer_types", type, "\"full_attention\" or \"sliding_attention\"")
        }
      }
    }
    let first = try values.whole("max_window_layers", in: 0...1 << 24, default: 28)
    return (0..<layers).map { $0 < first ? nil : window }
  }

  /// The base is beside the scaling since transformers 5, and was a value of its own before.
  private static func rotary(
    _ values: ConfigurationValues
  ) throws(ModelError) -> RotaryEmbedding {
    let newer = try values.object("rope_parameters")
    let older = try values.object("rope_scaling")
    let base = try values.positive("rope_theta", default: 10_000)
    for place in [values, newer, older].compactMap({ $0 }) {
      try place.refuse(
        "partial_rotary_factor", if: try place.positive("partial_rotary_factor", default: 1) != 1,
        "heads that are rotated in part are not built")
    }
    guard let found = newer ?? older else { return RotaryEmbedding(base: base) }
    // One set of angles for each kind of attention, as transformers 5 writes for some families.
    for (key, value) in found.values {
      if case .object = value {
        throw .unsupported(
          path: values.path, key: found.prefix + key, value: value.text,
          reason: "angles that differ between layers are not built")
      }
    }
    return RotaryEmbedding(
      base: try found.positive("rope_theta", default: base), scaling: try scaling(found))
  }

  private static func scaling(
    _ values: ConfigurationValues
  ) throws(ModelError) -> RotaryEmbedding.Scaling {
    let key = values["rope_type"] == nil && values["type"] != nil ? "type" : "rope_type"
    switch try values.text(key, default: "default") {
    case "default": return .none
    case "linear": return .linear(factor: try values.positive("factor"))
    case "llama3":
      let low = try values.positive("low_freq_factor")
      let high = try values.positive("high_freq_factor")
      guard low < high else {
        throw .contradiction(
          path: values.path,
          reason: "low_freq_factor \(low) must be below high_freq_factor \(high)")
      }
      return .llama3(
        factor: try values.positive("factor"), lowFrequencyFactor: low, highFrequencyFactor: high,
        originalContext: try values.positive("original_max_position_embeddings"))
    // Within the trained context the dynamic base is the plain one, and this engine goes no further.
    case "dynamic": return .none
    case let other:
      throw .unsupported(
        path: values.path, key: values.prefix + key, value: "\"\(other)\"",
        reason: "this engine has default, linear, llama3 and, within the trained context, dynamic")
    }
  }
}
