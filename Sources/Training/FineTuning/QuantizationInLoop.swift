/// What stands between the weights a run keeps and the weights its passes compute with.
public enum QuantizationInLoop: Sendable, Equatable, Codable {
  /// Rounding to a grid of fixed rule; slopes pass straight through.
  case straightThrough(StraightThrough)
  /// Rounding to a grid whose steps are learned.
  case learnedStepSize(LearnedStepSize)
  /// Rounding to −1, 0 and 1 times a scale.
  case ternary
  /// A frozen base and a learned correction; everything else is frozen too.
  case lowRank(LowRankAdapter)
}

/// Another model whose opinion is learned from, beside the next token.
public struct Distillation: Sendable, Equatable, Codable {
  /// What both models' logits are divided by before the softmax.
  public var temperature: Double
  /// The share of the loss that is the teacher's; the rest is the next token's.
  public var share: Double

  /// Makes a rule.
  ///
  /// - Parameters:
  ///   - temperature: What logits are divided by.
  ///   - share: The share of the loss that is the teacher's, 0 to 1.
  public init(temperature: Double = 1, share: Double = 1) {
    self.temperature = temperature
    self.share = share
  }
}
