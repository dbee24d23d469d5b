internal import Foundation

/// What one message of a stream means.
struct StreamPart {
  var hasText: Bool
  var isLast: Bool
  /// The tokens of the whole answer, where the server counts them.
  var tokens: Int?
}

/// A message of a stream, of either kind of server.
struct StreamMessage: Decodable {
  struct Token: Decodable {
    var text: String?
  }

  var choices: [Choice]?
  var usage: Usage?
  var token: Token?
  var generatedText: String?
  var details: Details?
  var error: ReportedError?

  enum CodingKeys: String, CodingKey {
    case choices
    case usage
    case token
    case generatedText = "generated_text"
    case details
    case error
  }

  /// As OpenAI's interfaces send it; nil where it is not such a message.
  var openAI: StreamPart? {
    guard choices != nil || usage != nil else { return nil }
    let choices = choices ?? []
    return StreamPart(
      hasText: choices.contains { $0.carriesText },
      isLast: choices.contains { $0.finishReason != nil }, tokens: usage?.completionTokens)
  }

  /// As Text Generation Inference sends it; every message is a token, even one that shows nothing.
  var textGeneration: StreamPart? {
    guard token != nil || generatedText != nil else { return nil }
    return StreamPart(
      hasText: token != nil, isLast: generatedText != nil, tokens: details?.generatedTokens)
  }
}

/// An answer in one piece, of either kind of server.
struct WholeAnswer: Decodable {
  var choices: [Choice]?
  var usage: Usage?
  var generatedText: String?
  var details: Details?
  var error: ReportedError?

  enum CodingKeys: String, CodingKey {
    case choices
    case usage
    case generatedText = "generated_text"
    case details
    case error
  }
}

/// One text of an answer.
struct Choice: Decodable {
  struct Content: Decodable {
    var content: String?
    /// What a model thinks before it answers, as vLLM and others send it: tokens as well.
    var reasoning: String?

    enum CodingKeys: String, CodingKey {
      case content
      case reasoning = "reasoning_content"
    }
  }

  var text: String?
  var delta: Content?
  var message: Content?
  var finishReason: String?

  enum CodingKeys: String, CodingKey {
    case text
    case delta
    case message
    case finishReason = "finish_reason"
  }

  var carriesText: Bool {
    [text, delta?.content, delta?.reasoning].contains { $0?.isEmpty == false }
  }
}

/// How many tokens OpenAI's interfaces say an answer has.
struct Usage: Decodable {
  var completionTokens: Int?

  enum CodingKeys: String, CodingKey { case completionTokens = "completion_tokens" }
}

/// How many tokens Text Generation Inference says an answer has.
struct Details: Decodable {
  var generatedTokens: Int?

  enum CodingKeys: String, CodingKey { case generatedTokens = "generated_tokens" }
}

/// An error as servers report it: a text, or an object with a message.
struct ReportedError: Decodable {
  var text: String

  private struct Object: Decodable {
    var message: String?
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let text = try? container.decode(String.self) {
      self.text = text
    } else {
      text = (try? container.decode(Object.self))?.message ?? "an error without words"
    }
  }
}

/// The names of a server's models.
struct ModelList: Decodable {
  struct Model: Decodable {
    var id: String
  }

  var data: [Model]
}
