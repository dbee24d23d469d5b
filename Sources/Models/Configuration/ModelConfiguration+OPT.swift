extension ModelConfiguration {
  /// OPT: learned positions whose table begins at row 2, ReLU, biases everywhere, a tied head.
  ///
  /// OPT-350M differs: its norms follow the sums, no norm ends it, and projections lead from an
  /// embedding half as wide and back. Defaults are those of transformers' `OPTConfig`.
  ///
  /// Source: Zhang et al. 2022, arXiv:2205.01068.
  static func opt(_ values: ConfigurationValues) throws(ModelError) -> ModelConfiguration {
    let hidden = try values.size("hidden_size")
    let heads = try values.size("num_attention_heads")
    let layers = try values.layers("num_hidden_layers")
    let normalizesFirst = try values.flag("do_layer_norm_before", default: true)
    let removesFinalNorm = try values.flag("_remove_final_layer_norm", default: false)
    let hasBias = try values.flag("enable_bias", default: true)
    try values.refuse(
      "layer_norm_elementwise_affine",
      if: try !values.flag("layer_norm_elementwise_affine", default: true),
      "norms without gain and offset are not built")
    let activation = try values.text("activation_function", default: "relu")
    return ModelConfiguration(
      family: .opt,
      vocabularySize: try values.size("vocab_size"),
      hiddenSize: hidden,
      embeddingSize: try values.size("word_embed_proj_dim", default: hidden),
      layerCount: layers,
      headCount: heads,
      keyValueHeadCount: heads,
      headSize: try headSize(
        width: hidden, heads: heads, path: values.path, widthKey: "hidden_size",
        headsKey: "num_attention_heads"),
      feedForwardSize: try values.size("ffn_dim"),
      contextLength: try values.size("max_position_embeddings"),
      normalization: .layerNorm(epsilon: 1e-5),
      normalizesFirst: normalizesFirst,
      hasFinalNorm: normalizesFirst && !removesFinalNorm,
      activation: try .named(activation, values, "activation_function"),
      isGated: false,
      positions: .learned(offset: 2),
      hasQueryKeyValueBias: hasBias,
      hasAttentionOutputBias: hasBias,
      hasFeedForwardBias: hasBias,
      tiesEmbeddings: try values.flag("tie_word_embeddings", default: true),
      windows: Array(repeating: nil, count: layers),
      beginningToken: try values.tokens("bos_token_id").first,
      endTokens: try values.tokens("eos_token_id"))
  }
}

extension ModelConfiguration.Activation {
  /// The activation of one of transformers' names.
  static func named(
    _ name: String, _ values: ConfigurationValues, _ key: String
  ) throws(ModelError) -> Self {
    switch name {
    case "relu": return .relu
    case "gelu": return .gelu
    case "gelu_new", "gelu_pytorch_tanh", "gelu_fast": return .geluTanh
    case "silu", "swish": return .silu
    default:
      throw .unsupported(
        path: values.path, key: key, value: "\"\(name)\"",
        reason: "this engine has relu, gelu, gelu_new and silu")
    }
  }
}
