public import Tensors

/// What the inputs of a linear layer, or of several that share them, looked like over some texts.
public struct InputProfile: Sendable {
  /// The layers that read these inputs.
  public let layers: [LinearLayerID]
  /// The magnitude from which a value is loud.
  public let threshold: Float
  /// How many tokens were seen.
  public private(set) var tokens = 0
  /// The largest magnitude of every channel.
  public private(set) var magnitudes: ChannelMagnitudes
  /// Mean, deviation and kurtosis of all values.
  public private(set) var moments = Moments()
  /// In how many tokens a channel reached ``threshold``, channel by channel.
  public private(set) var loudTokens: [Int]

  init(layers: [LinearLayerID], columns: Int, threshold: Float) {
    self.layers = layers
    self.threshold = threshold
    magnitudes = ChannelMagnitudes(channels: columns)
    loudTokens = [Int](repeating: 0, count: columns)
  }

  /// The number of channels.
  public var columns: Int { loudTokens.count }

  /// Channels that reached ``threshold`` at least once, in order.
  ///
  /// Those that LLM.int8() multiplies apart: Dettmers et al. 2022, arXiv:2208.07339.
  public var loudChannels: [Int] { loudTokens.indices.filter { loudTokens[$0] > 0 } }

  mutating func add(_ inputs: LayerInputs) {
    tokens += inputs.rows
    magnitudes.add(inputs.values)
    moments.add(inputs.values)
    for row in 0..<inputs.rows {
      for column in 0..<columns
      where inputs.values[row * columns + column].magnitude >= threshold {
        loudTokens[column] += 1
      }
    }
  }
}

/// The inputs of all linear layers of a model over some texts.
public struct InputSurvey: Sendable {
  /// The magnitude from which a value is loud.
  public let threshold: Float
  /// One an input, in the order of the forward pass; empty before the first text.
  public private(set) var profiles: [InputProfile] = []

  /// A survey of nothing yet.
  ///
  /// - Parameter threshold: The magnitude from which a value is loud; LLM.int8()'s is 6.
  public init(threshold: Float = 6) {
    self.threshold = threshold
  }

  /// Runs a text through a model and adds what its linear layers were given.
  ///
  /// - Parameters:
  ///   - tokens: The text's tokens, at most as many as the model has positions.
  ///   - model: The same model for every text.
  /// - Throws: `ModelError`, as `Transformer.logits`; then nothing was added.
  public mutating func add(_ tokens: [Int], to model: Transformer) throws(ModelError) {
    var found = profiles
    var place = 0
    let threshold = threshold
    _ = try model.logits(tokens, rows: .last) { inputs in
      if place == found.count {
        found.append(
          InputProfile(layers: inputs.layers, columns: inputs.columns, threshold: threshold))
      }
      found[place].add(inputs)
      place += 1
    }
    profiles = found
  }

  /// Features that are loud throughout the model, by the criterion of LLM.int8().
  ///
  /// Those channels of the vectors between blocks that reach ``threshold`` in at least a quarter of the
  /// blocks and in at least 6% of all tokens there, as attention and the feed-forward layer read them.
  /// Source: Dettmers et al. 2022, arXiv:2208.07339, section 4.
  public var systematicChannels: [Int] {
    let read = profiles.filter { profile in
      profile.layers.contains { $0.role == .query || $0.role == .up }
    }
    guard let width = read.first?.columns else { return [] }
    let blocks = Set(read.compactMap { $0.layers.first?.block })
    let tokens = read.reduce(0) { $0 + $1.tokens }
    return (0..<width).filter { channel in
      let loudBlocks = Set(
        read.filter { $0.loudTokens[channel] > 0 }.compactMap { $0.layers.first?.block })
      let loudTokens = read.reduce(0) { $0 + $1.loudTokens[channel] }
      return 4 * loudBlocks.count >= blocks.count && 100 * loudTokens >= 6 * tokens
        && loudTokens > 0
    }
  }
}
