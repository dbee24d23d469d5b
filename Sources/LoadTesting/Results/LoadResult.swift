/// What a load test found.
public struct LoadResult: Codable, Sendable, Hashable {
  /// Failed requests of one kind.
  public struct Failures: Codable, Sendable, Hashable {
    /// The kind's name: refused, timeout, http-CODE, malformed, cut or reported.
    public let kind: String
    /// How many.
    public let count: Int
    /// What the first of them said.
    public let example: String
  }

  /// Requests that began.
  public let requests: Int
  /// Requests with a whole answer.
  public let succeeded: Int
  /// Requests that failed, by kind, the most frequent first.
  public let failures: [Failures]
  /// Requests that were under way when the test was stopped.
  public let unfinished: Int
  /// Requests of an open loop that were due and never began, since too many were under way.
  public let notStarted: Int
  /// Seconds from the first request to the last answer.
  public let seconds: Double
  /// Tokens of whole answers, as the server counts them, or else the messages that carried text.
  public let tokens: Int
  /// Messages of whole answers that carried text; fewer than tokens where a message carries several.
  public let messages: Int
  /// Tokens a second, all requests together.
  public let tokensPerSecond: Double
  /// Whole answers a second.
  public let requestsPerSecond: Double
  /// Milliseconds from one message of an answer to its next; where nothing is streamed, the answer's
  /// time divided by its tokens.
  public let perToken: LatencySummary?
  /// Milliseconds from when a request was due to its first text.
  public let timeToFirstToken: LatencySummary?
  /// Milliseconds from when a request was due to the end of its answer.
  public let perRequest: LatencySummary?
  /// Milliseconds from when a request was due to when it was sent.
  public let startDelay: LatencySummary?
  /// Whether the test was stopped before its time.
  public let isPartial: Bool

  private enum CodingKeys: String, CodingKey {
    case requests, succeeded, failures, unfinished, notStarted, seconds, tokens, messages
    case tokensPerSecond, requestsPerSecond, perToken, timeToFirstToken, perRequest, startDelay
    case isPartial = "partial"
  }

  /// Requests that failed.
  public var failed: Int { failures.reduce(0) { $0 + $1.count } }
}
