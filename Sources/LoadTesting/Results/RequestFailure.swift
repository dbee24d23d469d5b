/// Why a request brought no whole answer.
struct RequestFailure: Error, Sendable, Hashable {
  /// The kinds that a report counts.
  enum Kind: Sendable, Hashable {
    /// No connection was made.
    case refused
    /// The answer was not whole in time.
    case timeout
    /// The server answered with another status than 200.
    case status(Int)
    /// What came is not what the interface says.
    case malformed
    /// The connection or the stream ended before the answer did.
    case cut
    /// The server reported an error in the stream.
    case reported

    /// Its name in reports.
    var name: String {
      switch self {
      case .refused: "refused"
      case .timeout: "timeout"
      case .status(let code): "http-\(code)"
      case .malformed: "malformed"
      case .cut: "cut"
      case .reported: "reported"
      }
    }
  }

  /// What kind it is.
  let kind: Kind
  /// What happened, in words.
  let detail: String

  init(_ kind: Kind, _ detail: String) {
    self.kind = kind
    self.detail = detail
  }
}
