/// The shape of a language model: what its `config.json` says, with every default filled in.
///
/// A decoder-only transformer in one of the field's usual forms. What OPT, GPT-2 and the Llama family
/// call by different names has one name here.
public struct ModelConfiguration: Equatable, Sendable {
  /// Which family's tensor names and defaults a model follows.
  public enum Family: String, Sendable, CaseIterable {
    /// Meta's OPT, 125M to 175B.
    case opt
    /// Llama 1 to 3, TinyLlama, and models of that shape.
    case llama
    /// Mistral: Llama with a sliding window.
    case mistral
    /// Qwen 2 and 2.5: Llama with biases on queries, keys and values.
    case qwen2
    /// GPT-2.
    case gpt2
  }

  /// How a row is normalized.
  public enum Normalization: Hashable, Sendable {
    /// Mean 0 and variance 1, then gain and offset.
    case layerNorm(epsilon: Float)
    /// Mean square 1, then gain.
    case rootMeanSquare(epsilon: Float)
  }

  /// The nonlinearity of the feed-forward layer.
  public enum Activation: String, Sendable, CaseIterable {
    /// max(x, 0).
    case relu
    /// x Φ(x), exactly.
    case gelu
    /// x Φ(x) by its tanh approximation.
    case geluTanh
    /// x / (1 + e⁻ˣ).
    case silu
  }

  /// How a model knows where a token stands.
  public enum Positions: Hashable, Sendable {
    /// A learned vector a position, added to the embedding; OPT's table begins at row 2.
    case learned(offset: Int)
    /// Queries and keys are rotated.
    case rotary(RotaryEmbedding)
  }

  /// Which family it is.
  public var family: Family
  /// The number of tokens in the vocabulary.
  public var vocabularySize: Int
  /// The width of a token's vector between the layers.
  public var hiddenSize: Int
  /// The width of an embedding: `hiddenSize`, except where projections lead in and out (OPT-350M).
  public var embeddingSize: Int
  /// The number of blocks.
  public var layerCount: Int
  /// The number of attention heads.
  public var headCount: Int
  /// The number of heads of keys and values; fewer than `headCount` in grouped-query attention.
  public var keyValueHeadCount: Int
  /// The channels of a head.
  public var headSize: Int
  /// The inner width of the feed-forward layer.
  public var feedForwardSize: Int
  /// The number of positions the model has.
  public var contextLength: Int
  /// How rows are normalized.
  public var normalization: Normalization
  /// Whether norms come before attention and feed-forward, or (OPT-350M) after their sum.
  public var normalizesFirst: Bool
  /// Whether the output of the last block is normalized.
  public var hasFinalNorm: Bool
  /// The nonlinearity of the feed-forward layer.
  public var activation: Activation
  /// Whether the feed-forward layer is gated: down(activation(gate x) · up x).
  public var isGated: Bool
  /// How positions enter.
  public var positions: Positions
  /// Whether queries, keys and values have biases.
  public var hasQueryKeyValueBias: Bool
  /// Whether the attention's output has a bias.
  public var hasAttentionOutputBias: Bool
  /// Whether the feed-forward layers have biases.
  public var hasFeedForwardBias: Bool
  /// Whether the output head is the embedding itself.
  public var tiesEmbeddings: Bool
  /// How many tokens each layer's attention sees, the present one included; nil: all before it.
  public var windows: [Int?]
  /// The token a text begins with, if the model has one.
  public var beginningToken: Int?
  /// The tokens that end a text.
  public var endTokens: [Int]

  /// Beginning and end tokens that the vocabulary does not have, as small models made for tests name
  /// them: no text ends with such a one, and none can begin with it.
  public var strayTokens: [Int] {
    Set(endTokens + [beginningToken].compactMap { $0 })
      .filter { !(0..<vocabularySize).contains($0) }.sorted()
  }

  /// The width of all queries of a token.
  public var queryWidth: Int { headCount * headSize }
  /// The width of all keys, or of all values, of a token.
  public var keyValueWidth: Int { keyValueHeadCount * headSize }
}

extension ModelConfiguration {
  /// The number of parameters, embeddings included and a tied head counted once.
  public var parameterCount: Int {
    let normSize: Int
    if case .layerNorm = normalization { normSize = 2 * hiddenSize } else { normSize = hiddenSize }
    var block = 2 * hiddenSize * queryWidth + 2 * hiddenSize * keyValueWidth + 2 * normSize
    block += (isGated ? 3 : 2) * hiddenSize * feedForwardSize
    if hasQueryKeyValueBias { block += queryWidth + 2 * keyValueWidth }
    if hasAttentionOutputBias { block += hiddenSize }
    if hasFeedForwardBias { block += (isGated ? 2 : 1) * feedForwardSize + hiddenSize }
    var total = layerCount * block + vocabularySize * embeddingSize * (tiesEmbeddings ? 1 : 2)
    if hasFinalNorm { total += normSize }
    if embeddingSize != hiddenSize { total += 2 * embeddingSize * hiddenSize }
    if case .learned(let offset) = positions { total += (contextLength + offset) * hiddenSize }
    return total
  }
}
