public import Models

/// The shapes of published models, so that work on them can be planned before they are fetched.
///
/// Sizes as their `config.json` files state them.
public enum KnownModels {
  /// The names there are, smallest first in each family.
  public static var names: [String] { all.map(\.name) }

  /// The shape of a model.
  ///
  /// - Parameter name: One of ``names``, in any case.
  /// - Returns: The shape; nil for another name.
  public static func configuration(_ name: String) -> ModelConfiguration? {
    guard let found = all.first(where: { $0.name == name.lowercased() }) else { return nil }
    return try? ModelConfiguration(json: Array(found.json.utf8), path: name)
  }

  private static let all: [(name: String, json: String)] = [
    ("opt-125m", opt(768, 12, 12, 3072)), ("opt-350m", narrowOPT),
    ("opt-1.3b", opt(2048, 24, 32, 8192)),
    ("opt-2.7b", opt(2560, 32, 32, 10_240)), ("opt-6.7b", opt(4096, 32, 32, 16_384)),
    ("opt-13b", opt(5120, 40, 40, 20_480)), ("opt-30b", opt(7168, 48, 56, 28_672)),
    ("opt-66b", opt(9216, 64, 72, 36_864)), ("opt-175b", opt(12_288, 96, 96, 49_152)),
    ("tinyllama-1.1b", llama(2048, 5632, 22, 32, 4, 32_000, 2048)),
    ("llama-2-7b", llama(4096, 11_008, 32, 32, 32, 32_000, 4096)),
    ("llama-2-13b", llama(5120, 13_824, 40, 40, 40, 32_000, 4096)),
    ("llama-2-70b", llama(8192, 28_672, 80, 64, 8, 32_000, 4096)),
    ("llama-3-8b", llama(4096, 14_336, 32, 32, 8, 128_256, 8192)),
    ("llama-3-70b", llama(8192, 28_672, 80, 64, 8, 128_256, 8192)),
    ("mistral-7b", llama(4096, 14_336, 32, 32, 8, 32_000, 32_768, type: "mistral")),
  ]

  private static func opt(_ hidden: Int, _ layers: Int, _ heads: Int, _ inner: Int) -> String {
    """
    {"model_type": "opt", "hidden_size": \(hidden), "num_attention_heads": \(heads),
     "num_hidden_layers": \(layers), "ffn_dim": \(inner), "vocab_size": 50272,
     "max_position_embeddings": 2048, "word_embed_proj_dim": \(hidden)}
    """
  }

  /// The one of OPT whose norms follow the sums, and whose embedding is half as wide as its blocks.
  private static let narrowOPT = """
    {"model_type": "opt", "hidden_size": 1024, "num_attention_heads": 16, "num_hidden_layers": 24,
     "ffn_dim": 4096, "vocab_size": 50272, "max_position_embeddings": 2048,
     "word_embed_proj_dim": 512, "do_layer_norm_before": false}
    """

  private static func llama(
    _ hidden: Int, _ inner: Int, _ layers: Int, _ heads: Int, _ keyHeads: Int, _ vocabulary: Int,
    _ positions: Int, type: String = "llama"
  ) -> String {
    """
    {"model_type": "\(type)", "hidden_size": \(hidden), "intermediate_size": \(inner),
     "num_attention_heads": \(heads), "num_key_value_heads": \(keyHeads),
     "num_hidden_layers": \(layers), "vocab_size": \(vocabulary),
     "max_position_embeddings": \(positions), "rms_norm_eps": 1e-05, "tie_word_embeddings": false}
    """
  }
}
