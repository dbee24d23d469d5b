public import Models

/// What a deployment study found.
public struct DeploymentFindings: Codable, Hashable, Sendable {
  /// What was asked.
  public let study: DeploymentStudy
  /// How many tokens were scored.
  public let tokens: Int
  /// The float model's perplexity.
  public let floatPerplexity: Double
  /// How the model reads after rounding to nearest, in the same bits.
  public let nearest: StudyQuality
  /// How what would be served reads.
  public let packed: StudyQuality
  /// How many linear layers are computed from packed codes.
  public let packedLayers: Int
  /// How many there are.
  public let layers: Int
  /// The float model's times.
  public let floatLatency: LatencyReport
  /// The times of what would be served.
  public let packedLatency: LatencyReport

  /// The perplexity after rounding to nearest, in the same bits.
  public var nearestPerplexity: Double { nearest.perplexity }
  /// The perplexity of what would be served.
  public var packedPerplexity: Double { packed.perplexity }
  /// The mean divergence of what would be served from the float model, in nats a token.
  public var divergence: Double { packed.divergence }
  /// By how much the perplexity rises.
  public var rise: Double { packedPerplexity - floatPerplexity }
  /// The rise's standard error: that of the perplexities' ratio, both models having read the same tokens.
  public var riseError: Double { packedPerplexity * packed.logRatioError }
  /// Whether the rise is within the allowance.
  public var isAllowed: Bool { rise <= study.allowance }
  /// The largest batch whose tokens come in time, for every length of prompt; nil where none does.
  public var largestBatch: Int? { packedLatency.largestBatch(within: study.target) }
  /// Whether it can be served: allowed, and in time at least one at a time.
  public var canBeServed: Bool { isAllowed && largestBatch != nil }

  /// The bytes that serving a batch takes: the weights of a pass, and the keys and values of its texts.
  ///
  /// - Parameters:
  ///   - batch: Its texts.
  ///   - promptLength: The tokens of each prompt.
  /// - Returns: The bytes; nil for a case that was not measured.
  public func bytes(batch: Int, promptLength: Int) -> Int? {
    packedLatency.latencyCase(batch: batch, promptLength: promptLength).map {
      packedLatency.weightBytes + $0.cacheBytes
    }
  }
}
