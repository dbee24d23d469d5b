/// Why one request did not bring the rest of a file.
enum TransferFailure: Error, Equatable {
  /// No connection was made.
  case unreachable(reason: String)
  /// The connection broke, or nothing came for too long.
  case dropped(reason: String)
  /// The host answered with something else.
  case status(Int, retryAfter: Double?)
  /// What had come cannot be gone on with; the reason, in words.
  case startOver(reason: String)
  /// Asking again would not help.
  case fatal(FetchError)
}
