extension ModelConfiguration {
  /// GPT-2: learned positions, GELU by tanh, biases everywhere, a tied head.
  ///
  /// Defaults are those of transformers' `GPT2Config`.
  ///
  /// Source: Radford et al. 2019, Language Models are Unsupervised Multitask Learners.
  static func gpt2(_ values: ConfigurationValues) throws(ModelError) -> ModelConfiguration {
    let hidden = try values.size("n_embd")
    let heads = try values.size("n_head")
    let layers = try values.layers("n_layer")
    try values.refuse(
      "scale_attn_weights", if: try !values.flag("scale_attn_weights", default: true),
      "attention that does not divide by the root of the head's size is not built")
    try values.refuse(
      "scale_attn_by_inverse_layer_idx",
      if: try values.flag("scale_attn_by_inverse_layer_idx", default: false),
      "attention scaled by the layer's number is not built")
    return ModelConfiguration(
      family: .gpt2,
      vocabularySize: try values.size("vocab_size"),
      hiddenSize: hidden,
      embeddingSize: hidden,
      layerCount: layers,
      headCount: heads,
      keyValueHeadCount: heads,
      headSize: try headSize(
        width: hidden, heads: heads, path: values.path, widthKey: "n_embd", headsKey: "n_head"),
      feedForwardSize: try values.size("n_inner", default: 4 * hidden),
      contextLength: try values.size(
        "n_positions", default: try values.size("n_ctx", default: 1024)),
      normalization: .layerNorm(
        epsilon: Float(try values.positive("layer_norm_epsilon", default: 1e-5))),
      normalizesFirst: true,
      hasFinalNorm: true,
      activation: try .named(
        try values.text("activation_function", default: "gelu_new"), values, "activation_function"),
      isGated: false,
      positions: .learned(offset: 0),
      hasQueryKeyValueBias: true,
      hasAttentionOutputBias: true,
      hasFeedForwardBias: true,
      tiesEmbeddings: try values.flag("tie_word_embeddings", default: true),
      windows: Array(repeating: nil, count: layers),
      beginningToken: try values.tokens("bos_token_id").first,
      endTokens: try values.tokens("eos_token_id"))
  }
}
