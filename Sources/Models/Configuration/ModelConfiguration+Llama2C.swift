internal import Tensors

extension ModelConfiguration {
  /// What the header of a llama2.c file says.
  ///
  /// Its rotary pairs are neighbours, and what a header does not hold is what `run.c` takes: base
  /// 10,000, epsilon 1e-5, SiLU. Token 1 begins a text; it ends one too, for texts followed each other in
  /// training, and so does token 2.
  init(llama2C checkpoint: Checkpoint) throws(ModelError) {
    func size(_ key: String) throws(ModelError) -> Int {
      guard case .integer(let value) = checkpoint.metadata[key] else {
        throw .missingValue(path: checkpoint.path, key: key)
      }
      return Int(value)
    }
    let hidden = try size("dim")
    let heads = try size("n_heads")
    let layers = try size("n_layers")
    self.init(
      family: .llama,
      vocabularySize: try size("vocab_size"),
      hiddenSize: hidden,
      embeddingSize: hidden,
      layerCount: layers,
      headCount: heads,
      keyValueHeadCount: try size("n_kv_heads"),
      headSize: hidden / heads,
      feedForwardSize: try size("hidden_dim"),
      contextLength: try size("max_seq_len"),
      normalization: .rootMeanSquare(epsilon: 1e-5),
      normalizesFirst: true,
      hasFinalNorm: true,
      activation: .silu,
      isGated: true,
      positions: .rotary(RotaryEmbedding(layout: .interleaved)),
      hasQueryKeyValueBias: false,
      hasAttentionOutputBias: false,
      hasFeedForwardBias: false,
      tiesEmbeddings: checkpoint.metadata["shared_classifier"] == .boolean(true),
      windows: Array(repeating: nil, count: layers),
      beginningToken: 1,
      endTokens: [1, 2])
  }
}
