internal import Foundation

/// Finds out with a few small requests what a server is, before it is pressed.
///
/// A server that is not there, refuses, or is none of a model is one clear error here, and not thousands
/// later.
public struct ServerProbe: Sendable {
  /// The tokens that the probing request asks for.
  private static let tokens = 2
  /// How often a server that is busy or in trouble is asked again.
  private static let tries = 3

  private let address: String
  private let interface: ServerInterface?
  private let model: String?
  private let key: String?
  private let streams: Bool
  private let timeout: Double

  /// A probe.
  ///
  /// - Parameters:
  ///   - address: A server's address, or the whole address of an interface.
  ///   - interface: What is asked there; nil: what the path says, or else what is found.
  ///   - model: The model's name in requests; nil: the first that the server lists, if it does.
  ///   - key: Sent as a bearer token; nil sends none.
  ///   - streams: Whether answers are wanted token by token.
  ///   - timeout: How long the server may take to answer, in seconds.
  public init(
    address: String, interface: ServerInterface? = nil, model: String? = nil, key: String? = nil,
    streams: Bool = true, timeout: Double = 60
  ) {
    self.address = address
    self.interface = interface
    self.model = model
    self.key = key
    self.streams = streams
    self.timeout = timeout
  }

  /// Asks the server for two tokens in each way that it may know, until one works.
  ///
  /// - Parameter prompt: What it is asked.
  /// - Returns: The first way that works.
  /// - Throws: `LoadError` when none does.
  public func endpoint(asking prompt: String = "Once upon a time") async throws(LoadError)
    -> Endpoint
  {
    let url = try Endpoint.url(address)
    let client = HTTPClient(connections: 1, timeout: timeout)
    defer { client.close() }
    let path = url.path.hasSuffix("/") ? String(url.path.dropLast()) : url.path
    let named = ServerInterface.allCases.first { path.hasSuffix($0.path) }
    let base = Self.base(of: url, without: named?.path ?? (path.hasSuffix("/v1") ? "/v1" : ""))
    let candidates: [(ServerInterface, String)]
    if let interface {
      // A path that is none of ours is taken as it is: a gateway may serve an interface anywhere.
      let isBare = path.isEmpty || path == "/v1"
      candidates = [(interface, isBare ? base + interface.path : address)]
    } else if let named {
      candidates = [(named, address)]
    } else {
      let known: [ServerInterface] = [.completions, .generateStream, .chat]
      candidates = known.map { ($0, base + $0.path) }
    }
    var listed = model
    if listed == nil, candidates.contains(where: { $0.0.isOpenAI }) {
      listed = try await firstModel(base: base, client)
    }
    for (interface, address) in candidates {
      let isOnly = candidates.count == 1
      if let found = try await works(interface, address, listed, prompt, client, isOnly: isOnly) {
        return found
      }
    }
    throw .noInterface(address: address, tried: candidates.map(\.0.path))
  }

  /// The address below which a server's paths are: no query, no slash and no known path at its end.
  private static func base(of url: URL, without ending: String) -> String {
    var parts = URLComponents(url: url, resolvingAgainstBaseURL: false) ?? URLComponents()
    parts.query = nil
    while parts.path.hasSuffix("/") { parts.path.removeLast() }
    parts.path.removeLast(ending.count)
    return parts.string ?? url.absoluteString
  }

  private func firstModel(base: String, _ client: HTTPClient) async throws(LoadError) -> String? {
    let answer = await client.send(
      HTTPRequest(url: try Endpoint.url(base + "/v1/models"), key: key), until: deadline)
    if case .refused(let reason)? = answer.failure {
      throw .unreachable(address: address, reason: reason)
    }
    guard answer.status == 200, answer.failure == nil else { return nil }
    return (try? JSONDecoder().decode(ModelList.self, from: answer.body))?.data.first?.id
  }

  /// The endpoint if it works; nil if the server has no such path.
  private func works(
    _ interface: ServerInterface, _ address: String, _ model: String?, _ prompt: String,
    _ client: HTTPClient, isOnly: Bool
  ) async throws(LoadError) -> Endpoint? {
    var countsUsage = interface.isOpenAI && streams
    var attempt = 1
    while true {
      let endpoint = try Endpoint(
        address: address, interface: interface, model: model, key: key, streams: streams,
        countsUsage: countsUsage)
      let answer = await client.send(
        endpoint.request(prompt, tokens: Self.tokens), until: deadline)
      let failure: RequestFailure
      do throws(RequestFailure) {
        _ = try AnswerReader(interface: interface, isStreamed: endpoint.isStreamed).read(answer)
        return endpoint
      } catch {
        failure = error
      }
      switch failure.kind {
      case .status(404), .status(405):
        if !isOnly { return nil }
      case .status(400), .status(422):
        // Older servers refuse what they do not know.
        if countsUsage {
          countsUsage = false
          continue
        }
      case .status(429), .status(500...599):
        if attempt < Self.tries {
          attempt += 1
          try? await Task.sleep(for: .milliseconds(200))
          continue
        }
      default: break
      }
      throw error(failure, at: address)
    }
  }

  private func error(_ failure: RequestFailure, at address: String) -> LoadError {
    switch failure.kind {
    case .refused: .unreachable(address: address, reason: failure.detail)
    case .timeout:
      .unreachable(
        address: address, reason: "no whole answer within \(Int(timeout.rounded(.up))) s")
    case .status(let code): .refused(address: address, status: code, detail: failure.detail)
    case .malformed, .cut, .reported: .unusable(address: address, reason: failure.detail)
    }
  }

  private var deadline: ContinuousClock.Instant { .now + .seconds(timeout) }
}
