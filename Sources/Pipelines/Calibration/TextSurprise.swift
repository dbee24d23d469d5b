public import Models
internal import Tensors

#if canImport(Glibc)
internal import Glibc
#endif

/// What a model makes of a text: how improbable it finds the tokens, and how improbable it expects them to be.
///
/// The expectation is the entropy of its own predictions, token by token. Where text is of the kind that a model
/// was trained on the two agree; elsewhere it is surer than it may be, and the first is far above the second.
public struct TextSurprise: Hashable, Sendable {
  /// The mean of −ln p(token), in nats.
  public let actual: Double
  /// The mean entropy of the predictions, in nats.
  public let expected: Double
  /// Over how many tokens.
  public let tokens: Int
}

extension CalibrationSet {
  /// What a model makes of the first tokens of a few sequences.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - limit: How many tokens it reads at most, about.
  /// - Returns: Its surprise; nil for sequences of one token.
  /// - Throws: `PipelineError.model` for tokens that the model does not have, and numbers that are not finite.
  public func surprise(
    to model: Transformer, limit: Int = 1024
  ) throws(PipelineError) -> TextSurprise? {
    var (actual, expected, count) = (0.0, 0.0, 0)
    for sequence in sequences where sequence.count > 1 && count < limit {
      let tokens = Array(sequence.prefix(min(256, model.configuration.contextLength)))
      let logits = try asModelWork { () throws(ModelError) in try model.logits(tokens) }
      for place in 0..<tokens.count - 1 {
        let row = logits.row(place)
        let highest = Double(row.max() ?? 0)
        // ln Σ eˣ, and Σ p x: the entropy is their difference.
        var (sum, weighted) = (0.0, 0.0)
        for logit in row {
          let shifted = Double(logit) - highest
          let share = exp(shifted)
          sum += share
          weighted += share * shifted
        }
        let normalizer = log(sum)
        actual += normalizer - (Double(row[tokens[place + 1]]) - highest)
        expected += normalizer - weighted / sum
        count += 1
      }
    }
    guard count > 0 else { return nil }
    return TextSurprise(
      actual: actual / Double(count), expected: expected / Double(count), tokens: count)
  }
}
