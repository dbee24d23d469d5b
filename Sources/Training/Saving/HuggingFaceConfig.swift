internal import FoundationEssentials

/// What stands in `config.json` beside a checkpoint, so that others can read it.
struct HuggingFaceConfig: Encodable {
  let shape: ModelShape
  let startToken: Int
  let endToken: Int
  /// What fills short texts up; nil where the vocabulary has no such token.
  let padToken: Int?
  let outliers: OutlierChannels?

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(shape.vocabularySize, forKey: Key("vocab_size"))
    try values.encode(shape.hiddenSize, forKey: Key("hidden_size"))
    try values.encode(shape.layers, forKey: Key("num_hidden_layers"))
    try values.encode(shape.heads, forKey: Key("num_attention_heads"))
    try values.encode(shape.contextLength, forKey: Key("max_position_embeddings"))
    try values.encode(shape.tiedHead, forKey: Key("tie_word_embeddings"))
    try values.encode(startToken, forKey: Key("bos_token_id"))
    try values.encode(endToken, forKey: Key("eos_token_id"))
    try values.encode("bfloat16", forKey: Key("torch_dtype"))
    try values.encodeIfPresent(padToken, forKey: Key("pad_token_id"))
    try values.encodeIfPresent(outliers, forKey: Key("outlier_channels"))
    switch shape.architecture {
    case .opt:
      try values.encode(["OPTForCausalLM"], forKey: Key("architectures"))
      try values.encode("opt", forKey: Key("model_type"))
      try values.encode(shape.feedForwardSize, forKey: Key("ffn_dim"))
      try values.encode(shape.hiddenSize, forKey: Key("word_embed_proj_dim"))
      try values.encode(shape.activation.rawValue, forKey: Key("activation_function"))
      try values.encode(true, forKey: Key("do_layer_norm_before"))
      try values.encode(true, forKey: Key("layer_norm_elementwise_affine"))
      try values.encode(true, forKey: Key("enable_bias"))
      try values.encode(0.0, forKey: Key("dropout"))
      try values.encode(0.0, forKey: Key("attention_dropout"))
    case .llama:
      try values.encode(["LlamaForCausalLM"], forKey: Key("architectures"))
      try values.encode("llama", forKey: Key("model_type"))
      try values.encode(shape.feedForwardSize, forKey: Key("intermediate_size"))
      try values.encode(shape.keyValueHeads, forKey: Key("num_key_value_heads"))
      try values.encode(shape.headSize, forKey: Key("head_dim"))
      try values.encode("silu", forKey: Key("hidden_act"))
      try values.encode(shape.normEpsilon, forKey: Key("rms_norm_eps"))
      try values.encode(shape.rotaryBase, forKey: Key("rope_theta"))
      try values.encode(false, forKey: Key("attention_bias"))
      try values.encode(false, forKey: Key("mlp_bias"))
    }
  }
}
