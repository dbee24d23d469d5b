/// How hard a server is pressed, for how long, and where that ends.
///
/// Every plan ends by itself: no request begins after ``duration`` or beyond ``requestLimit``, and none
/// lasts longer than ``timeout``, so a run takes at most the sum of the two times.
public struct LoadPlan: Sendable, Hashable {
  /// What decides when a request begins.
  public enum Pace: Sendable, Hashable {
    /// A closed loop: so many users, each asking again once it has its answer.
    ///
    /// This is what measures batching; a slow server is asked less often, so its waiting time under a
    /// given traffic is not seen.
    case closed(concurrency: Int)
    /// An open loop: requests begin at their times, whether or not earlier ones have been answered.
    ///
    /// A request that begins late is timed from when it was due.
    case open(rate: Double, arrivals: Arrivals)
  }

  /// How the requests of an open loop are spread over time.
  public enum Arrivals: String, Sendable, Hashable, CaseIterable {
    /// Equally far apart.
    case even
    /// With exponential gaps, as of many users who know nothing of each other.
    case poisson
  }

  /// What decides when a request begins.
  public let pace: Pace
  /// For how many seconds requests begin.
  public let duration: Double
  /// The most requests.
  public let requestLimit: Int
  /// How many seconds a request may take.
  public let timeout: Double
  /// The most tokens a request asks for.
  public let maximumTokens: Int
  /// The seed of arrival times.
  public let seed: UInt64
  /// The most requests of an open loop that are under way at once; more wait, and their waiting counts.
  public let inFlightLimit: Int

  /// The most users of a closed loop, and requests under way of an open one.
  public static let concurrencyLimit = 1024
  /// The most requests a second.
  public static let rateLimit = 10_000.0
  /// The longest run, in seconds.
  public static let durationLimit = 3600.0
  /// The most requests of any plan.
  public static let requestCeiling = 1_000_000

  /// A plan.
  ///
  /// - Parameters:
  ///   - pace: What decides when a request begins.
  ///   - duration: Seconds during which requests begin, above 0, at most ``durationLimit``.
  ///   - requestLimit: The most requests, 1 to ``requestCeiling``.
  ///   - timeout: Seconds a request may take, above 0, at most 600.
  ///   - maximumTokens: The most tokens a request asks for, 1 to 100,000.
  ///   - seed: The seed of arrival times.
  ///   - inFlightLimit: The most requests of an open loop at once, 1 to ``concurrencyLimit``.
  /// - Throws: `LoadError.badSetting` for a value out of bounds.
  public init(
    pace: Pace, duration: Double = 10, requestLimit: Int = 10_000, timeout: Double = 60,
    maximumTokens: Int = 64, seed: UInt64 = 0, inFlightLimit: Int = 256
  ) throws(LoadError) {
    switch pace {
    case .closed(let concurrency):
      try Self.require(
        1...Self.concurrencyLimit ~= concurrency,
        "the concurrency must be 1 to \(Self.concurrencyLimit), not \(concurrency)")
    case .open(let rate, _):
      try Self.require(
        rate >= 0.01 && rate <= Self.rateLimit,
        "the rate must be 0.01 to \(Int(Self.rateLimit)) requests a second, not \(rate)")
    }
    try Self.require(
      duration > 0 && duration <= Self.durationLimit,
      "the duration must be above 0 and at most \(Int(Self.durationLimit)) seconds, not \(duration)"
    )
    try Self.require(
      1...Self.requestCeiling ~= requestLimit,
      "the number of requests must be 1 to \(Self.requestCeiling), not \(requestLimit)")
    try Self.require(
      timeout > 0 && timeout <= 600,
      "the timeout must be above 0 and at most 600 seconds, not \(timeout)")
    try Self.require(
      1...100_000 ~= maximumTokens,
      "the tokens of a request must be 1 to 100000, not \(maximumTokens)")
    try Self.require(
      1...Self.concurrencyLimit ~= inFlightLimit,
      "the requests under way must be 1 to \(Self.concurrencyLimit), not \(inFlightLimit)")
    self.pace = pace
    self.duration = duration
    self.requestLimit = requestLimit
    self.timeout = timeout
    self.maximumTokens = maximumTokens
    self.seed = seed
    self.inFlightLimit = inFlightLimit
  }

  /// The most requests that are under way at once.
  var connections: Int {
    switch pace {
    case .closed(let concurrency): concurrency
    case .open: inFlightLimit
    }
  }

  private static func require(_ holds: Bool, _ reason: String) throws(LoadError) {
    if !holds { throw .badSetting(reason) }
  }
}
