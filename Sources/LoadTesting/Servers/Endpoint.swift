internal import Foundation

/// One interface of one server, and how to ask it.
public struct Endpoint: Sendable, Hashable {
  /// The whole address, path included.
  public let address: String
  /// What is asked there.
  public let interface: ServerInterface
  /// The model's name in requests; nil leaves it out.
  public let model: String?
  /// Whether answers come token by token.
  public let isStreamed: Bool
  /// Whether the server is asked to count the tokens of streamed answers.
  let countsUsage: Bool
  let url: URL
  private let key: String?

  /// An endpoint.
  ///
  /// - Parameters:
  ///   - address: The whole address, path included; `http` or `https`.
  ///   - interface: What is asked there.
  ///   - model: The model's name in requests; nil leaves it out.
  ///   - key: Sent as a bearer token; nil sends none.
  ///   - streams: Whether answers are wanted token by token; ``ServerInterface/generate`` never does.
  ///   - countsUsage: Whether the server is asked to count the tokens of streamed answers.
  /// - Throws: `LoadError.badAddress`.
  public init(
    address: String, interface: ServerInterface, model: String? = nil, key: String? = nil,
    streams: Bool = true, countsUsage: Bool = false
  ) throws(LoadError) {
    url = try Self.url(address)
    self.address = address
    self.interface = interface
    self.model = model
    self.key = key
    isStreamed = streams && interface != .generate
    self.countsUsage = countsUsage
  }

  /// The URL of a server: `http` or `https`, and a host.
  static func url(_ address: String) throws(LoadError) -> URL {
    guard let url = URL(string: address), let scheme = url.scheme?.lowercased(),
      ["http", "https"].contains(scheme), let host = url.host, !host.isEmpty,
      url.fragment == nil
    else { throw .badAddress(address) }
    return url
  }

  /// The request for a prompt.
  func request(_ prompt: String, tokens: Int) -> HTTPRequest {
    let body: any Encodable =
      switch interface {
      case .completions, .chat:
        OpenAIRequest(
          model: model, prompt: interface == .completions ? prompt : nil,
          messages: interface == .chat ? [OpenAIRequest.Message(content: prompt)] : nil,
          maxTokens: tokens, stream: isStreamed,
          streamOptions: isStreamed && countsUsage ? OpenAIRequest.StreamOptions() : nil)
      case .generate, .generateStream:
        TextGenerationRequest(inputs: prompt, parameters: .init(maxNewTokens: tokens))
      }
    // Texts and numbers always encode.
    return HTTPRequest(url: url, body: (try? JSONEncoder().encode(body)) ?? Data(), key: key)
  }
}

/// The body of a request to OpenAI's interfaces.
private struct OpenAIRequest: Encodable {
  struct Message: Encodable {
    var role = "user"
    var content: String
  }

  struct StreamOptions: Encodable {
    var includeUsage = true

    enum CodingKeys: String, CodingKey { case includeUsage = "include_usage" }
  }

  var model: String?
  var prompt: String?
  var messages: [Message]?
  var maxTokens: Int
  /// The most probable token each time: the same work for the same prompt.
  var temperature = 0
  var stream: Bool
  var streamOptions: StreamOptions?

  enum CodingKeys: String, CodingKey {
    case model
    case prompt
    case messages
    case maxTokens = "max_tokens"
    case temperature
    case stream
    case streamOptions = "stream_options"
  }
}

/// The body of a request to Text Generation Inference, which takes the most probable token by default.
private struct TextGenerationRequest: Encodable {
  struct Parameters: Encodable {
    var maxNewTokens: Int
    /// Has the answer say how many tokens it has.
    var details = true

    enum CodingKeys: String, CodingKey {
      case maxNewTokens = "max_new_tokens"
      case details
    }
  }

  var inputs: String
  var parameters: Parameters
}
