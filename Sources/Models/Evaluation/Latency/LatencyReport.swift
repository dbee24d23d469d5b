/// What a latency study found.
public struct LatencyReport: Codable, Sendable, Hashable {
  /// What was asked.
  public let study: LatencyStudy
  /// The bytes of weights that a pass reads.
  public let weightBytes: Int
  /// The cases, batches within lengths of prompts.
  public let cases: [LatencyCase]
  /// Whether it was ended before its time.
  public let isPartial: Bool

  enum CodingKeys: String, CodingKey {
    case study
    case weightBytes
    case cases
    case isPartial = "partial"
  }

  /// A case.
  ///
  /// - Parameters:
  ///   - batch: Its texts.
  ///   - promptLength: The tokens of each prompt.
  /// - Returns: What was found; nil where it was not measured.
  public func latencyCase(batch: Int, promptLength: Int) -> LatencyCase? {
    cases.first { $0.batch == batch && $0.promptLength == promptLength }
  }

  /// The largest batch whose 95th percentile per token is within a target, as are those of all smaller ones
  /// that were measured.
  ///
  /// - Parameters:
  ///   - target: Milliseconds.
  ///   - promptLength: The tokens of each prompt; nil: of any prompt, so that every length holds.
  /// - Returns: The batch; nil where not even the smallest is within the target.
  public func largestBatch(within target: Double, promptLength: Int? = nil) -> Int? {
    let asked = cases.filter { promptLength == nil || $0.promptLength == promptLength }
    let firstMiss = asked.filter { $0.perToken.p95 > target }.map(\.batch).min() ?? Int.max
    return asked.map(\.batch).filter { $0 < firstMiss }.max()
  }
}

/// One batch and one length of prompt, and what was found there.
public struct LatencyCase: Codable, Sendable, Hashable {
  /// Texts computed together.
  public let batch: Int
  /// Tokens of each prompt.
  public let promptLength: Int
  /// Milliseconds from a token to the next, which every text of the batch waits.
  public let perToken: LatencyPercentiles
  /// Milliseconds of the pass of all prompts.
  public let timeToFirstToken: LatencyPercentiles
  /// Milliseconds from the prompts to the last token.
  public let perRequest: LatencyPercentiles
  /// Tokens a second of the whole batch, after the first.
  public let tokensPerSecond: Double
  /// The bytes that the keys and values of the batch take.
  public let cacheBytes: Int
}

/// Times and their percentiles, in milliseconds.
public struct LatencyPercentiles: Codable, Sendable, Hashable {
  /// How many times there are.
  public let count: Int
  /// Their mean.
  public let mean: Double
  /// The median.
  public let p50: Double
  /// The time that 95 of 100 do not exceed.
  public let p95: Double
  /// The time that 99 of 100 do not exceed.
  public let p99: Double
  /// The longest.
  public let highest: Double

  /// The percentiles of some times: of each share the least time that so many do not exceed.
  ///
  /// - Parameter times: Milliseconds, in any order; nil is made of none.
  ///
  /// Source: the nearest-rank method; nothing is interpolated, so every figure is a time that was measured.
  public init?(_ times: [Double]) {
    let sorted = times.sorted()
    guard let highest = sorted.last else { return nil }
    func rank(_ percent: Int) -> Double { sorted[max(0, (percent * sorted.count + 99) / 100 - 1)] }
    count = sorted.count
    mean = sorted.reduce(0, +) / Double(sorted.count)
    (p50, p95, p99) = (rank(50), rank(95), rank(99))
    self.highest = highest
  }
}
