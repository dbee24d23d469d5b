public import Models

/// How a model reads the test's text, beside the float model.
public struct StudyQuality: Codable, Hashable, Sendable {
  /// The perplexity.
  public let perplexity: Double
  /// Its standard error, taking tokens as independent.
  public let perplexityError: Double
  /// ln of the perplexity over the float model's.
  public let logRatio: Double
  /// Its standard error; both models read the same tokens, so it is smaller than the perplexity's.
  public let logRatioError: Double
  /// The mean of KL(float ‖ model), in nats a token.
  public let divergence: Double
  /// Its standard error.
  public let divergenceError: Double
  /// How many tokens were scored.
  public let tokens: Int

  /// Reads the windows with both models.
  ///
  /// - Parameters:
  ///   - model: The model that is judged.
  ///   - base: The float model.
  ///   - windows: What is read.
  /// - Throws: `PipelineError.model`.
  public init(
    of model: Transformer, against base: Transformer, on windows: [EvaluationWindow]
  ) throws(PipelineError) {
    let sums = try asModelWork { () throws(ModelError) in
      try Evaluator(model, against: base).evaluate(windows)
    }
    perplexity = sums.perplexity
    perplexityError = sums.perplexityError
    tokens = sums.tokens
    let comparison = sums.comparison
    logRatio = comparison?.logPerplexityRatio ?? 0
    logRatioError = comparison?.logPerplexityRatioError ?? 0
    divergence = comparison?.meanDivergence ?? 0
    divergenceError = comparison?.meanDivergenceError ?? 0
  }
}
