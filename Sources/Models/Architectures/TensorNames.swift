/// What a family calls its tensors.
///
/// Llama has two vocabularies: Hugging Face's, and the one its makers and llama2.c use, whose rotary
/// pairs are neighbours.
struct TensorNames: Sendable {
  let family: ModelConfiguration.Family
  /// Whether they are Llama's original names.
  let isOriginal: Bool
  /// What precedes every name but the head's; files saved without the head have less of it.
  let prefix: String

  /// The prefixes that are found in the wild, the usual one first.
  static func prefixes(_ family: ModelConfiguration.Family) -> [String] {
    switch family {
    case .opt: ["model.decoder.", "decoder."]
    case .gpt2: ["transformer.", ""]
    case .llama, .mistral, .qwen2: ["model.", ""]
    }
  }

  /// Takes the prefix under which the embedding is found.
  init(_ family: ModelConfiguration.Family, in source: some TensorSource) {
    let original = TensorNames(family: family, isOriginal: true, prefix: "")
    if family == .llama, source.info(original.embedding) != nil {
      self = original
      return
    }
    let candidates = Self.prefixes(family).map {
      TensorNames(family: family, isOriginal: false, prefix: $0)
    }
    self = candidates.first { source.info($0.embedding) != nil } ?? candidates[0]
  }

  private init(family: ModelConfiguration.Family, isOriginal: Bool, prefix: String) {
    self.family = family
    self.isOriginal = isOriginal
    self.prefix = prefix
  }

  var embedding: String {
    if isOriginal { return "tok_embeddings.weight" }
    return prefix + (family == .gpt2 ? "wte.weight" : "embed_tokens.weight")
  }
  var positions: String {
    prefix + (family == .gpt2 ? "wpe.weight" : "embed_positions.weight")
  }
  var finalNorm: String {
    switch family {
    case .opt: prefix + "final_layer_norm"
    case .gpt2: prefix + "ln_f"
    case .llama, .mistral, .qwen2: prefix + "norm"
    }
  }
  var head: String { isOriginal ? "output.weight" : "lm_head.weight" }
  var projectionIn: String { prefix + "project_in.weight" }
  var projectionOut: String { prefix + "project_out.weight" }

  func block(_ index: Int) -> String {
    prefix + (family == .gpt2 ? "h.\(index)." : "layers.\(index).")
  }

  func attentionNorm(_ block: Int) -> String {
    switch family {
    case .opt: self.block(block) + "self_attn_layer_norm"
    case .gpt2: self.block(block) + "ln_1"
    case .llama, .mistral, .qwen2:
      self.block(block) + (isOriginal ? "attention_norm" : "input_layernorm")
    }
  }

  func feedForwardNorm(_ block: Int) -> String {
    switch family {
    case .opt: self.block(block) + "final_layer_norm"
    case .gpt2: self.block(block) + "ln_2"
    case .llama, .mistral, .qwen2:
      self.block(block) + (isOriginal ? "ffn_norm" : "post_attention_layernorm")
    }
  }

  /// The tensor of a linear layer without `.weight`, and which third of it where three share one.
  func linear(_ id: LinearLayerID) -> (name: String, third: Int?) {
    let start = block(id.block)
    if isOriginal { return (start + originalName(id.role), nil) }
    switch (family, id.role) {
    case (.gpt2, .query): return (start + "attn.c_attn", 0)
    case (.gpt2, .key): return (start + "attn.c_attn", 1)
    case (.gpt2, .value): return (start + "attn.c_attn", 2)
    case (.gpt2, .attentionOutput): return (start + "attn.c_proj", nil)
    case (.gpt2, .up), (.gpt2, .gate): return (start + "mlp.c_fc", nil)
    case (.gpt2, .down): return (start + "mlp.c_proj", nil)
    case (_, .query): return (start + "self_attn.q_proj", nil)
    case (_, .key): return (start + "self_attn.k_proj", nil)
    case (_, .value): return (start + "self_attn.v_proj", nil)
    case (.opt, .attentionOutput): return (start + "self_attn.out_proj", nil)
    case (_, .attentionOutput): return (start + "self_attn.o_proj", nil)
    case (.opt, .up), (.opt, .gate): return (start + "fc1", nil)
    case (.opt, .down): return (start + "fc2", nil)
    case (_, .gate): return (start + "mlp.gate_proj", nil)
    case (_, .up): return (start + "mlp.up_proj", nil)
    case (_, .down): return (start + "mlp.down_proj", nil)
    }
  }

  private func originalName(_ role: LinearLayerID.Role) -> String {
    switch role {
    case .query: "attention.wq"
    case .key: "attention.wk"
    case .value: "attention.wv"
    case .attentionOutput: "attention.wo"
    case .gate: "feed_forward.w1"
    case .up: "feed_forward.w3"
    case .down: "feed_forward.w2"
    }
  }

  /// Whether a tensor may be there without being used: tables that are computed, and buffers.
  func isIgnored(_ name: String) -> Bool {
    name == head || name.hasSuffix(".rotary_emb.inv_freq") || name.hasSuffix(".attn.bias")
      || name.hasSuffix(".attn.masked_bias") || name == prefix + "version"
      || isOriginal && ["freqs_cos", "freqs_sin", "rope.freqs"].contains(name)
  }
}
