internal import Foundation

/// A request as the transport sends it.
struct HTTPRequest: Sendable {
  var url: URL
  /// What is posted; nil asks with GET.
  var body: Data?
  /// Sent as a bearer token.
  var key: String?
}

/// Bytes of an answer, and when they came.
struct Arrival: Sendable {
  var at: ContinuousClock.Instant
  var bytes: Data
}

/// Why an exchange ended without its whole answer.
enum TransportFailure: Error, Sendable, Hashable {
  /// No connection was made.
  case refused(reason: String)
  /// The answer was not whole in time.
  case timedOut
  /// The connection ended before the answer did.
  case cut(reason: String)
  /// What came is not HTTP, or far too long.
  case malformed(reason: String)
  /// The caller wants it no longer.
  case cancelled
}

/// All that came for a request.
struct HTTPAnswer: Sendable {
  var status: Int?
  var type: String?
  var arrivals: [Arrival] = []
  var end: ContinuousClock.Instant
  var failure: TransportFailure?

  /// The body in one piece.
  var body: Data { arrivals.reduce(into: Data()) { $0 += $1.bytes } }
}
