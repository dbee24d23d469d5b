/// Why a load test cannot begin, or cannot say anything.
public enum LoadError: Error, Sendable, Hashable {
  /// What kind of failure it is.
  public enum Kind: Sendable, Hashable {
    /// The request makes no sense.
    case badRequest
    /// There is no such server, or no such thing on it, or no such file.
    case unavailable
    /// What the server sends, or a file holds, is not what was expected.
    case badData
  }

  /// The address is not that of a server.
  case badAddress(String)
  /// A setting is outside what is allowed; `reason` says what and how.
  case badSetting(String)
  /// No connection was made.
  case unreachable(address: String, reason: String)
  /// The server has none of the paths that were tried.
  case noInterface(address: String, tried: [String])
  /// The server refuses the first request.
  case refused(address: String, status: Int, detail: String)
  /// The server's first answer is not one that a model's server gives.
  case unusable(address: String, reason: String)
  /// A file of prompts cannot be read.
  case cannotRead(path: String, reason: String)
  /// A file of prompts has none, or one that cannot be read, at a line.
  case badPrompts(path: String, reason: String)
  /// So few times between tokens were measured that a 95th percentile of them says nothing.
  case tooFewTokens(concurrency: Int, gaps: Int, needed: Int)

  /// What kind of failure it is.
  public var kind: Kind {
    switch self {
    case .badAddress, .badSetting, .tooFewTokens: .badRequest
    case .unreachable, .noInterface, .refused, .cannotRead: .unavailable
    case .unusable, .badPrompts: .badData
    }
  }
}

extension LoadError: CustomStringConvertible {
  /// What, where, what was expected, what to do.
  public var description: String {
    switch self {
    case .badAddress(let address):
      "'\(address)' is not a server's address; expected is one such as http://127.0.0.1:8000 or "
        + "https://models.example/v1/completions"
    case .badSetting(let reason):
      reason
    case .unreachable(let address, let reason):
      "\(address): no server answers there: \(reason); is it running, and is the port right?"
    case .noInterface(let address, let tried):
      "\(address): a server answers, but it has none of \(tried.joined(separator: ", ")); give the "
        + "whole address of what to load, path included"
    case .refused(let address, let status, let detail):
      "\(address): the server refuses the first request with status \(status)"
        + (detail.isEmpty ? "" : ": \(detail)") + Self.advice(for: status)
    case .unusable(let address, let reason):
      "\(address): this is not what a model's server answers: \(reason)"
    case .cannotRead(let path, let reason):
      "\(path): cannot be read: \(reason)"
    case .badPrompts(let path, let reason):
      "\(path): \(reason)"
    case .tooFewTokens(let concurrency, let gaps, let needed):
      "\(concurrency) at a time: \(gaps) times between tokens were measured, and a 95th percentile "
        + "needs at least \(needed); raise --duration or --max-tokens"
    }
  }

  private static func advice(for status: Int) -> String {
    switch status {
    case 300..<400: "; give the address that it redirects to"
    case 401, 403: "; name the environment variable that holds the key with --key-variable"
    case 400, 422: "; it may want a --model, or another --api"
    case 429, 503: "; it has no room for even one request now"
    default: ""
    }
  }
}
