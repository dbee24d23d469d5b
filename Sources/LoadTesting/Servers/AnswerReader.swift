internal import Foundation

/// What an answer amounts to.
struct ReadAnswer: Sendable, Equatable {
  /// When each message that carries text came; empty where nothing is streamed.
  var times: [ContinuousClock.Instant] = []
  /// Tokens, as the server counts them, or else as many as messages.
  var tokens = 0
  var isStreamed = true
}

/// Makes of the bytes of an answer what it says, or what is wrong with it.
struct AnswerReader {
  let interface: ServerInterface
  let isStreamed: Bool

  /// Reads an answer.
  ///
  /// - Parameter answer: All that came.
  /// - Returns: Its tokens and their times.
  /// - Throws: What is wrong with it; where several things are, the one that came first.
  func read(_ answer: HTTPAnswer) throws(RequestFailure) -> ReadAnswer {
    if case .refused(let reason)? = answer.failure { throw RequestFailure(.refused, reason) }
    if let status = answer.status, status != 200 {
      throw RequestFailure(.status(status), Self.words(of: answer.body))
    }
    let messages = isStreamed ? try streamed(answer) : nil
    switch answer.failure {
    case .timedOut: throw RequestFailure(.timeout, "the answer was not whole in time")
    case .cut(let reason): throw RequestFailure(.cut, reason)
    case .malformed(let reason): throw RequestFailure(.malformed, reason)
    case .refused, .cancelled, nil: break
    }
    guard let messages else { return try whole(answer.body) }
    guard messages.isEnded else {
      throw RequestFailure(
        .cut, "the stream ended after \(messages.answer.times.count) messages, without its end mark"
      )
    }
    return messages.answer
  }

  // MARK: Token by token

  private func streamed(
    _ answer: HTTPAnswer
  ) throws(RequestFailure) -> (answer: ReadAnswer, isEnded: Bool) {
    let events = ServerSentEvents(answer.arrivals)
    if answer.failure == nil, events.messages.isEmpty, !answer.body.isEmpty, !events.isEventStream {
      throw RequestFailure(
        .malformed,
        "a stream of events was asked for, and \(answer.type ?? "something else") came: "
          + Self.excerpt(answer.body))
    }
    var read = ReadAnswer()
    var counted: Int?
    var isEnded = false
    for (index, event) in events.messages.enumerated() {
      if event.data == "[DONE]" {
        isEnded = true
        break
      }
      let message: StreamMessage
      do {
        message = try JSONDecoder().decode(StreamMessage.self, from: Data(event.data.utf8))
      } catch {
        throw RequestFailure(
          .malformed,
          "message \(index + 1) is not the JSON that was expected: \(Self.excerpt(Data(event.data.utf8)))"
        )
      }
      if let error = message.error { throw RequestFailure(.reported, error.text) }
      let part = interface.isOpenAI ? message.openAI : message.textGeneration
      guard let part else {
        throw RequestFailure(
          .malformed,
          "message \(index + 1) has neither text nor an end: \(Self.excerpt(Data(event.data.utf8)))"
        )
      }
      if part.hasText { read.times.append(event.at) }
      if part.isLast { isEnded = true }
      counted = part.tokens ?? counted
    }
    read.tokens = counted ?? read.times.count
    return (read, isEnded)
  }

  // MARK: In one piece

  private func whole(_ body: Data) throws(RequestFailure) -> ReadAnswer {
    func malformed(_ reason: String) -> RequestFailure {
      RequestFailure(.malformed, "\(reason): \(Self.excerpt(body))")
    }
    let answer: WholeAnswer
    do {
      answer = try JSONDecoder().decode(WholeAnswer.self, from: body)
    } catch {
      throw malformed("the answer is not the JSON that was expected")
    }
    if let error = answer.error { throw RequestFailure(.reported, error.text) }
    let hasText =
      interface.isOpenAI
      ? answer.choices?.contains { $0.text != nil || $0.message != nil } ?? false
      : answer.generatedText != nil
    guard hasText else { throw malformed("the answer has no text") }
    guard let tokens = answer.usage?.completionTokens ?? answer.details?.generatedTokens else {
      throw malformed("the answer does not say how many tokens it has")
    }
    return ReadAnswer(tokens: tokens, isStreamed: false)
  }

  /// What a server says of a refusal, on one line.
  static func words(of body: Data) -> String {
    if let error = (try? JSONDecoder().decode(WholeAnswer.self, from: body))?.error {
      return excerpt(Data(error.text.utf8))
    }
    return excerpt(body)
  }

  /// The beginning of some bytes, on one line and without control characters.
  static func excerpt(_ bytes: Data) -> String {
    let text = String(decoding: bytes.prefix(400), as: UTF8.self)
      .map { $0.isNewline || $0.unicodeScalars.contains { $0.value < 32 } ? " " : $0 }
    let words = String(text).split(separator: " ").joined(separator: " ")
    return words.count > 120 ? words.prefix(119) + "…" : words
  }
}
