/// What a checkpoint calls a model's tensors.
struct TensorNames: Sendable {
  /// Who gave the names.
  enum Style: Hashable, Sendable {
    /// Hugging Face, after a prefix; files saved without the head have less of it.
    case huggingFace(prefix: String)
    /// Llama's makers, and llama2.c.
    case original
    /// GGUF, for Llama and its like.
    case gguf
  }

  let family: ModelConfiguration.Family
  let style: Style

  /// The styles a family is found in, the usual one first.
  private static func styles(_ family: ModelConfiguration.Family) -> [Style] {
    switch family {
    case .opt: [.huggingFace(prefix: "model.decoder."), .huggingFace(prefix: "decoder.")]
    case .gpt2: [.huggingFace(prefix: "transformer."), .huggingFace(prefix: "")]
    case .llama, .mistral, .qwen2:
      [.huggingFace(prefix: "model."), .huggingFace(prefix: ""), .original, .gguf]
    }
  }

  /// Takes the style under whose name the embedding is found.
  init(_ family: ModelConfiguration.Family, in source: some TensorSource) {
    let candidates = Self.styles(family).map { TensorNames(family: family, style: $0) }
    self = candidates.first { source.info($0.embedding) != nil } ?? candidates[0]
  }

  /// The names of a style, wherever the tensors are.
  init(family: ModelConfiguration.Family, style: Style) {
    self.family = family
    self.style = style
  }

  /// Whether a head's rotary pairs are neighbours, as the original names and Llama's GGUF files have
  /// them; nil where the configuration knows.
  var isInterleaved: Bool? {
    switch style {
    case .huggingFace: nil
    case .original: true
    case .gguf: family != .qwen2
    }
  }

  /// What every name but the head's begins with.
  var prefix: String {
    if case .huggingFace(let prefix) = style { prefix } else { "" }
  }

  /// Chooses among the three vocabularies of a Llama; OPT and GPT-2 have one.
  private func llama(_ huggingFace: String, _ original: String, _ gguf: String) -> String {
    switch style {
    case .huggingFace(let prefix): prefix + huggingFace
    case .original: original
    case .gguf: gguf
    }
  }

  var embedding: String {
    family == .gpt2
      ? prefix + "wte.weight"
      : llama("embed_tokens.weight", "tok_embeddings.weight", "token_embd.weight")
  }
  var positions: String {
    prefix + (family == .gpt2 ? "wpe.weight" : "embed_positions.weight")
  }
  var finalNorm: String {
    switch family {
    case .opt: prefix + "final_layer_norm"
    case .gpt2: prefix + "ln_f"
    case .llama, .mistral, .qwen2: llama("norm", "norm", "output_norm")
    }
  }
  var head: String {
    if case .huggingFace = style { "lm_head.weight" } else { "output.weight" }
  }
  var projectionIn: String { prefix + "project_in.weight" }
  var projectionOut: String { prefix + "project_out.weight" }
  /// What a GGUF file divides the rotary frequencies by, where a model was scaled for long texts.
  var frequencyDivisors: String? { style == .gguf ? "rope_freqs.weight" : nil }

  private func block(_ index: Int) -> String {
    family == .gpt2
      ? prefix + "h.\(index)." : llama("layers.\(index).", "layers.\(index).", "blk.\(index).")
  }

  func attentionNorm(_ index: Int) -> String {
    switch family {
    case .opt: block(index) + "self_attn_layer_norm"
    case .gpt2: block(index) + "ln_1"
    case .llama, .mistral, .qwen2:
      block(index) + own("input_layernorm", "attention_norm", "attn_norm")
    }
  }

  func feedForwardNorm(_ index: Int) -> String {
    switch family {
    case .opt: block(index) + "final_layer_norm"
    case .gpt2: block(index) + "ln_2"
    case .llama, .mistral, .qwen2:
      block(index) + own("post_attention_layernorm", "ffn_norm", "ffn_norm")
    }
  }

  /// The tensor of a linear layer without `.weight`, and which third of it where three share one.
  func linear(_ id: LinearLayerID) -> (name: String, third: Int?) {
    let start = block(id.block)
    switch family {
    case .gpt2:
      switch id.role {
      case .query: return (start + "attn.c_attn", 0)
      case .key: return (start + "attn.c_attn", 1)
      case .value: return (start + "attn.c_attn", 2)
      case .attentionOutput: return (start + "attn.c_proj", nil)
      case .up, .gate: return (start + "mlp.c_fc", nil)
      case .down: return (start + "mlp.c_proj", nil)
      }
    case .opt:
      switch id.role {
      case .query: return (start + "self_attn.q_proj", nil)
      case .key: return (start + "self_attn.k_proj", nil)
      case .value: return (start + "self_attn.v_proj", nil)
      case .attentionOutput: return (start + "self_attn.out_proj", nil)
      case .up, .gate: return (start + "fc1", nil)
      case .down: return (start + "fc2", nil)
      }
    case .llama, .mistral, .qwen2:
      let name =
        switch id.role {
        case .query: own("self_attn.q_proj", "attention.wq", "attn_q")
        case .key: own("self_attn.k_proj", "attention.wk", "attn_k")
        case .value: own("self_attn.v_proj", "attention.wv", "attn_v")
        case .attentionOutput: own("self_attn.o_proj", "attention.wo", "attn_output")
        case .gate: own("mlp.gate_proj", "feed_forward.w1", "ffn_gate")
        case .up: own("mlp.up_proj", "feed_forward.w3", "ffn_up")
        case .down: own("mlp.down_proj", "feed_forward.w2", "ffn_down")
        }
      return (start + name, nil)
    }
  }

  /// As ``llama(_:_:_:)``, for what follows a block's beginning.
  private func own(_ huggingFace: String, _ original: String, _ gguf: String) -> String {
    switch style {
    case .huggingFace: huggingFace
    case .original: original
    case .gguf: gguf
    }
  }

  /// Whether a tensor may be there without being used: a head that is tied, and tables that are
  /// computed here.
  func isIgnored(_ name: String) -> Bool {
    if name == head || name == prefix + "version" { return true }
    if style == .original, ["freqs_cos", "freqs_sin", "rope.freqs"].contains(name) { return true }
    return [".rotary_emb.inv_freq", ".attn.bias", ".attn.masked_bias"]
      .contains { name.hasSuffix($0) }
  }
}
