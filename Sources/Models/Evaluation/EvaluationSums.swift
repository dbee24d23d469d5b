internal import Tensors

#if canImport(Glibc)
internal import Glibc
#endif

/// What has been measured so far; can be stored, and gone on from.
public struct EvaluationSums: Equatable, Sendable, Codable {
  /// Windows that are done.
  public internal(set) var windows = 0
  /// Tokens that were scored.
  public internal(set) var tokens = 0
  /// The sum of −ln p of the tokens that came, in nats.
  public internal(set) var loss = 0.0
  /// The sum of its squares.
  public internal(set) var squaredLoss = 0.0
  /// The same sum for the model that is compared with.
  public internal(set) var baseLoss = 0.0
  /// The sum of the squares of the two losses' differences.
  public internal(set) var squaredLossDifference = 0.0
  /// KL(base ‖ model) of each token, in nats.
  public internal(set) var divergences: [Float] = []
  /// The change of the probability of the token that came, model less base.
  public internal(set) var probabilityChanges: [Float] = []
  /// Tokens for which both models hold the same token most probable.
  public internal(set) var agreements = 0
  /// Tokens that only one of the models predicted right.
  public internal(set) var flips = 0

  /// Nothing measured yet.
  public init() {}

  /// The mean of −ln p, in nats a token.
  public var meanLoss: Double { loss / Double(tokens) }
  /// The standard error of ``meanLoss``, taking tokens as independent.
  public var meanLossError: Double { Self.error(loss, squaredLoss, tokens) }
  /// e to the mean loss.
  public var perplexity: Double { exp(meanLoss) }
  /// The standard error of the perplexity.
  public var perplexityError: Double { perplexity * meanLossError }

  /// Whether every token was held as probable as every other: logits that are all alike.
  ///
  /// - Parameter vocabulary: The number of tokens in the vocabulary.
  /// - Returns: Whether each loss is ln of that number, as far as the sums can tell: they hold eleven
  ///   digits of a hundred thousand equal terms.
  public func isFlat(vocabulary: Int) -> Bool {
    guard tokens > 0, vocabulary > 1 else { return false }
    let level = log(Double(vocabulary))
    let mean = meanLoss
    return abs(mean - level) <= 1e-9 * level
      && abs(squaredLoss / Double(tokens) - mean * mean) <= 1e-9 * level * level
  }

  /// The comparison, if there was a model to compare with.
  public var comparison: ModelComparison? {
    guard !divergences.isEmpty else { return nil }
    let count = Double(tokens)
    let changes = probabilityChanges
    let mean = divergences.mean
    let baseMean = baseLoss / count
    return ModelComparison(
      basePerplexity: exp(baseMean),
      logPerplexityRatio: meanLoss - baseMean,
      logPerplexityRatioError: Self.error(loss - baseLoss, squaredLossDifference, tokens),
      meanDivergence: mean,
      meanDivergenceError: divergences.standardDeviation / max(1, count - 1).squareRoot(),
      divergenceQuantiles: ModelComparison.quantiles(of: divergences),
      topOneAgreement: Double(agreements) / count,
      flipRate: Double(flips) / count,
      meanProbabilityChange: changes.mean,
      rootMeanSquareProbabilityChange: changes.rootMeanSquare,
      probabilityChangeQuantiles: ModelComparison.quantiles(of: changes))
  }

  /// The standard error of a mean from its sum and the sum of squares.
  private static func error(_ sum: Double, _ squares: Double, _ count: Int) -> Double {
    guard count > 1 else { return .infinity }
    let mean = sum / Double(count)
    return (max(0, squares / Double(count) - mean * mean) / Double(count - 1)).squareRoot()
  }
}

/// How a model's probabilities differ from those of the model it was made from.
public struct ModelComparison: Equatable, Sendable {
  /// A share of the tokens, and the value below which it lies.
  public struct Quantile: Equatable, Sendable {
    /// The share, 0 to 1.
    public let share: Double
    /// The value.
    public let value: Double
  }

  /// The perplexity of the model that is compared with.
  public let basePerplexity: Double
  /// ln of the ratio of the perplexities, model over base.
  public let logPerplexityRatio: Double
  /// Its standard error; small where both models stumble over the same tokens.
  public let logPerplexityRatioError: Double
  /// The mean of KL(base ‖ model), in nats.
  public let meanDivergence: Double
  /// Its standard error.
  public let meanDivergenceError: Double
  /// Quantiles of the divergence, from the smallest to the largest.
  public let divergenceQuantiles: [Quantile]
  /// The share of tokens for which both hold the same token most probable.
  public let topOneAgreement: Double
  /// The share of tokens that only one of the models predicted right.
  public let flipRate: Double
  /// The mean change of the probability of the token that came.
  public let meanProbabilityChange: Double
  /// The root of the mean square of that change.
  public let rootMeanSquareProbabilityChange: Double
  /// Quantiles of that change, from the smallest to the largest.
  public let probabilityChangeQuantiles: [Quantile]

  /// The median divergence, in nats.
  public var medianDivergence: Double { divergence(at: 0.5) ?? .nan }

  /// A quantile of the divergence.
  ///
  /// - Parameter share: One of ``shares``.
  /// - Returns: The value; nil for a share that is not among them.
  public func divergence(at share: Double) -> Double? {
    divergenceQuantiles.first { $0.share == share }?.value
  }

  /// The shares for which quantiles are given.
  public static let shares = [
    0, 0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1,
  ]

  static func quantiles(of values: [Float]) -> [Quantile] {
    zip(shares, values.quantiles(shares)).map { Quantile(share: $0, value: $1) }
  }
}
