/// The inputs of all linear layers of a model over some texts.
public struct InputSurvey: Sendable {
  /// The magnitude from which a value is an outlier.
  public let threshold: Float
  /// One an input, in the order of the forward pass; empty before the first text.
  public private(set) var profiles: [InputProfile] = []

  /// A survey of nothing yet.
  ///
  /// - Parameter threshold: The magnitude from which a value is an outlier; LLM.int8()'s is 6.
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

  /// Features that are outliers throughout the model, by the criterion of LLM.int8().
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
      let outlierBlocks = Set(
        read.filter { $0.outlierTokens[channel] > 0 }.compactMap { $0.layers.first?.block })
      let outlierTokens = read.reduce(0) { $0 + $1.outlierTokens[channel] }
      return 4 * outlierBlocks.count >= blocks.count && 100 * outlierTokens >= 6 * tokens
        && outlierTokens > 0
    }
  }
}
