/// What a model's server can be asked, and how.
public enum ServerInterface: String, Sendable, Hashable, CaseIterable, Codable {
  /// OpenAI's completions, as vLLM, llama.cpp, SGLang and others serve them too.
  case completions = "openai-completions"
  /// OpenAI's chat completions.
  case chat = "openai-chat"
  /// Text Generation Inference, token by token.
  case generateStream = "tgi-stream"
  /// Text Generation Inference, the answer in one piece.
  case generate = "tgi"

  /// Where it is below a server's address.
  public var path: String {
    switch self {
    case .completions: "/v1/completions"
    case .chat: "/v1/chat/completions"
    case .generateStream: "/generate_stream"
    case .generate: "/generate"
    }
  }

  /// Whether it is one of OpenAI's.
  var isOpenAI: Bool { self == .completions || self == .chat }
}
