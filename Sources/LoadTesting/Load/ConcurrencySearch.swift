/// Looks for how many users a server can have at once while 95 of 100 tokens come in time.
///
/// The number is doubled until a step does not hold, then the gap is halved until neighbours are left. So
/// few steps are enough where more users never make tokens come sooner, as is so for a server that
/// batches; every step that was measured is in the result, and so is any that contradicts this.
public struct ConcurrencySearch: Sendable {
  /// One concurrency, and what was found there.
  public struct Step: Codable, Sendable, Hashable {
    /// Users at once.
    public let concurrency: Int
    /// Whether the 95th percentile per token was at most the target, and no request failed.
    public let held: Bool
    /// What was found.
    public let result: LoadResult
  }

  /// What a search found.
  public struct Outcome: Codable, Sendable, Hashable {
    /// The target: milliseconds per token that 95 of 100 do not exceed.
    public let target: Double
    /// The steps, in the order in which they were measured.
    public let steps: [Step]
    /// The most users at once below any step that did not hold; nil where even one was too many.
    public let best: Int?
    /// Whether the search was stopped before its end.
    public let isPartial: Bool

    private enum CodingKeys: String, CodingKey {
      case target, steps, best
      case isPartial = "partial"
    }
  }

  /// The target, in milliseconds per token.
  public let target: Double
  /// The most users that are tried.
  public let maximum: Int

  /// So many times between tokens are needed for a 95th percentile to be more than the longest.
  public static let neededGaps = 20

  /// A search.
  ///
  /// - Parameters:
  ///   - target: Milliseconds per token that 95 of 100 are not to exceed, above 0.
  ///   - maximum: The most users that are tried, 1 to ``LoadPlan/concurrencyLimit``.
  /// - Throws: `LoadError.badSetting`.
  public init(target: Double = 80, maximum: Int = 64) throws(LoadError) {
    guard target > 0, target.isFinite else {
      throw .badSetting("the target must be above 0 ms, not \(target)")
    }
    guard 1...LoadPlan.concurrencyLimit ~= maximum else {
      throw .badSetting(
        "the most users to try must be 1 to \(LoadPlan.concurrencyLimit), not \(maximum)")
    }
    self.target = target
    self.maximum = maximum
  }

  /// The most steps it takes: doublings, then halvings of the last gap.
  public var stepLimit: Int {
    var (doublings, reached) = (1, 1)
    while reached < maximum {
      reached = min(2 * reached, maximum)
      doublings += 1
    }
    return 2 * doublings
  }

  /// Searches.
  ///
  /// - Parameter measure: Measures with so many users at once.
  /// - Returns: All steps and the best.
  /// - Throws: `LoadError.tooFewTokens` for a step that says nothing.
  public func run(
    measuring measure: (_ concurrency: Int) async -> LoadResult
  ) async throws(LoadError) -> Outcome {
    var steps: [Step] = []
    var (good, bad) = (0, maximum + 1)
    var next = 1
    while good + 1 < bad {
      let result = await measure(next)
      if result.isPartial || Task.isCancelled {
        return Outcome(target: target, steps: steps, best: best(good), isPartial: true)
      }
      let held = try holds(result, at: next)
      steps.append(Step(concurrency: next, held: held, result: result))
      if held { good = next } else { bad = next }
      next = bad > maximum ? min(2 * good, maximum) : (good + bad) / 2
    }
    return Outcome(target: target, steps: steps, best: best(good), isPartial: false)
  }

  private func best(_ good: Int) -> Int? { good > 0 ? good : nil }

  private func holds(_ result: LoadResult, at concurrency: Int) throws(LoadError) -> Bool {
    if result.failed > 0 { return false }
    guard let perToken = result.perToken, perToken.count >= Self.neededGaps else {
      throw .tooFewTokens(
        concurrency: concurrency, gaps: result.perToken?.count ?? 0, needed: Self.neededGaps)
    }
    return perToken.p95 <= target
  }
}
