import LoadTesting
import TestSupport
import Testing

/// By law: how a stream is cut into lines and packets does not change what it says.
@Suite("streams in every form they may take", .runsAlone)
struct StreamFormTests {
  /// Two tokens and the end, with a comment, an event's name and a usage message between.
  private static func stream(_ newline: String) -> String {
    [
      ": keep-alive", "",
      "event: message", "id: 7",
      "data: {\"choices\":[{\"text\":\"caf\u{E9}\",\"finish_reason\":null}]}", "",
      "data:{\"choices\":[{\"text\":\" two\",", "data: \"finish_reason\":\"stop\"}]}", "",
      "data: {\"choices\":[],\"usage\":{\"completion_tokens\":2}}", "", "data: [DONE]", "", "",
    ].joined(separator: newline)
  }

  @Test("line feeds, carriage returns, or both", arguments: ["\n", "\r\n", "\r"])
  func newlines(newline: String) async throws {
    let server = try server { _, _ in
      ModelServer.Reply(
        type: "text/event-stream; charset=utf-8", [.init("\u{FEFF}" + Self.stream(newline))])
    }
    defer { server.stop() }
    let result = try await server.load(requests: 1).result
    #expect(result.failures == [])
    #expect(result.tokens == 2 && result.messages == 2)
  }

  @Test("cut anywhere, even within a character")
  func packets() async throws {
    let server = try server { _, _ in
      ModelServer.Reply(
        type: "text/event-stream",
        Self.stream("\r\n").utf8.map { ModelServer.Reply.Piece(bytes: [$0], after: 0.0005) })
    }
    defer { server.stop() }
    let result = try await server.load(requests: 1).result
    #expect(result.failures == [] && result.tokens == 2 && result.messages == 2)
  }

  @Test("chat: a first message of nothing but a role is no token, thinking is")
  func chat() async throws {
    let messages = [
      "{\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}",
      "{\"choices\":[{\"delta\":{\"reasoning_content\":\"hm\"},\"finish_reason\":null}]}",
      "{\"choices\":[{\"delta\":{\"content\":\"yes\"},\"finish_reason\":null}]}",
      "{\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}", "[DONE]",
    ]
    let server = try ModelServer { _, _ in
      ModelServer.Reply(
        type: "text/event-stream", messages.map { ModelServer.Reply.Piece("data: \($0)\n\n") })
    }
    defer { server.stop() }
    let result = try await server.load(requests: 1, interface: .chat).result
    #expect(result.failures == [] && result.tokens == 2 && result.perToken?.count == 1)
    let body = try #require(server.requests.first).json
    #expect((body["messages"] as? [[String: String]])?.first?["role"] == "user")
    #expect(body["prompt"] == nil && body["max_tokens"] as? Int == 5)
  }

  @Test("Text Generation Inference: every message is a token, the last has the whole text")
  func textGeneration() async throws {
    let messages = [
      "{\"index\":1,\"token\":{\"id\":5,\"text\":\"a\",\"logprob\":-1,\"special\":false},\"generated_text\":null,\"details\":null}",
      "{\"index\":2,\"token\":{\"id\":6,\"text\":\"\",\"logprob\":-1,\"special\":false},\"generated_text\":null,\"details\":null}",
      "{\"index\":3,\"token\":{\"id\":2,\"text\":\"</s>\",\"logprob\":-1,\"special\":true},\"generated_text\":\"a\",\"details\":{\"finish_reason\":\"eos_token\",\"generated_tokens\":3}}",
    ]
    let server = try ModelServer { _, _ in
      ModelServer.Reply(
        type: "text/event-stream", messages.map { ModelServer.Reply.Piece("data:\($0)\n\n") })
    }
    defer { server.stop() }
    let result = try await server.load(requests: 2, interface: .generateStream).result
    #expect(result.failures == [] && result.tokens == 6 && result.perToken?.count == 4)
    let body = try #require(server.requests.first).json
    #expect((body["parameters"] as? [String: Any])?["max_new_tokens"] as? Int == 5)
    #expect((body["inputs"] as? String)?.split(separator: " ").count == 8)
  }
}
