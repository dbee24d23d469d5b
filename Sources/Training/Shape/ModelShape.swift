/// The sizes of a transformer that can be trained.
public struct ModelShape: Sendable, Equatable, Codable {
  /// Which family of transformers: what its layers are, and what its tensors are called.
  public enum Architecture: String, Sendable, Codable, CaseIterable {
    /// LayerNorm before each block, learned positions, biases, two linear layers with an activation
    /// between. Source: Zhang et al. 2022, arXiv:2205.01068.
    case opt
    /// RMSNorm before each block, rotary positions, no biases, a gated activation, fewer heads for
    /// keys and values. Source: Touvron et al. 2023, arXiv:2302.13971.
    case llama
  }

  /// What stands between the two linear layers of an OPT block; Llama's is always gated SiLU.
  public enum Activation: String, Sendable, Codable, CaseIterable {
    /// max(x, 0).
    case relu
    /// x Φ(x), with the normal distribution function itself, not its tanh approximation.
    case gelu
  }

  /// The family.
  public var architecture: Architecture
  /// How many tokens there are.
  public var vocabularySize: Int
  /// The width of the residual stream.
  public var hiddenSize: Int
  /// How many blocks.
  public var layers: Int
  /// How many heads attention has.
  public var heads: Int
  /// How many heads keys and values have; for OPT as many as `heads`.
  public var keyValueHeads: Int
  /// The width inside the feed-forward part.
  public var feedForwardSize: Int
  /// The longest window, in tokens.
  public var contextLength: Int
  /// What stands between an OPT block's two linear layers.
  public var activation: Activation
  /// Whether the head shares the embedding's weight.
  public var tiedHead: Bool
  /// What is added to a variance before its root is taken.
  public var normEpsilon: Double
  /// The base of Llama's rotary angles.
  public var rotaryBase: Double

  /// Makes a shape; ``validate()`` tells whether it is possible.
  ///
  /// - Parameters:
  ///   - architecture: The family.
  ///   - vocabularySize: How many tokens there are.
  ///   - hiddenSize: The width of the residual stream.
  ///   - layers: How many blocks.
  ///   - heads: How many heads attention has.
  ///   - keyValueHeads: How many heads keys and values have; `heads` if nil.
  ///   - feedForwardSize: The width inside the feed-forward part.
  ///   - contextLength: The longest window.
  ///   - activation: For OPT: what stands between the two linear layers.
  ///   - tiedHead: Whether the head shares the embedding's weight.
  ///   - normEpsilon: What is added to a variance; nil takes 1e-5.
  ///   - rotaryBase: The base of the rotary angles; nil takes 10,000.
  public init(
    architecture: Architecture, vocabularySize: Int, hiddenSize: Int, layers: Int, heads: Int,
    keyValueHeads: Int? = nil, feedForwardSize: Int, contextLength: Int,
    activation: Activation = .relu, tiedHead: Bool = true, normEpsilon: Double? = nil,
    rotaryBase: Double? = nil
  ) {
    self.architecture = architecture
    self.vocabularySize = vocabularySize
    self.hiddenSize = hiddenSize
    self.layers = layers
    self.heads = heads
    self.keyValueHeads = keyValueHeads ?? heads
    self.feedForwardSize = feedForwardSize
    self.contextLength = contextLength
    self.activation = activation
    self.tiedHead = tiedHead
    self.normEpsilon = normEpsilon ?? 1e-5
    self.rotaryBase = rotaryBase ?? 10_000
  }

  /// The width of one head.
  public var headSize: Int { hiddenSize / max(1, heads) }
  /// The width of what queries, keys and values are computed into together.
  var fusedWidth: Int { (heads + 2 * keyValueHeads) * headSize }
  /// The width of the first feed-forward product: a gate and a value for Llama.
  var upWidth: Int { architecture == .llama ? 2 * feedForwardSize : feedForwardSize }

  /// How many numbers are learned, of a shape that is possible.
  public var parameterCount: Int { ParameterLayout(self).count }

  /// Checks that the sizes fit together.
  ///
  /// - Throws: `TrainingError.impossibleShape`, naming the sizes.
  public func validate() throws(TrainingError) {
    let sizes = [
      ("vocabulary size", vocabularySize), ("hidden size", hiddenSize), ("layers", layers),
      ("heads", heads), ("key-value heads", keyValueHeads), ("feed-forward size", feedForwardSize),
      ("context length", contextLength),
    ]
    for (name, size) in sizes where size < 1 || size > 1 << 24 {
      throw .impossibleShape(reason: "\(name) \(size); 1 to \(1 << 24) is possible")
    }
    guard hiddenSize % heads == 0 else {
      throw .impossibleShape(reason: "\(heads) heads do not divide a hidden size of \(hiddenSize)")
    }
    guard heads % keyValueHeads == 0 else {
      throw .impossibleShape(
        reason: "\(keyValueHeads) key-value heads do not divide \(heads) heads")
    }
    if architecture == .opt && keyValueHeads != heads {
      throw .impossibleShape(
        reason: "OPT has as many key-value heads as heads, not \(keyValueHeads) of \(heads)")
    }
    if architecture == .llama && headSize % 2 != 0 {
      throw .impossibleShape(reason: "rotary positions need an even head size, not \(headSize)")
    }
    // In floating point, which cannot overflow as whole numbers would.
    let width = Double(hiddenSize)
    let block =
      width * Double(fusedWidth) + width * width + width * Double(upWidth + feedForwardSize)
    let count = Double(layers) * block + width * Double(2 * vocabularySize + contextLength)
    guard count <= 0x1p32 else {
      throw .impossibleShape(
        reason: "it would have some \(count / 1e9) billion parameters; 4 can be trained here")
    }
    guard normEpsilon >= 0, normEpsilon.isFinite, rotaryBase > 0, rotaryBase.isFinite else {
      throw .impossibleShape(
        reason: "norm epsilon \(normEpsilon) and rotary base \(rotaryBase) must be positive")
    }
  }
}
