import LoadTesting
import TestSupport
import Testing

/// By law: each way of failing has its kind, enters no percentile, and stops nobody else.
@Suite("servers that misbehave under load", .runsAlone)
struct FailureTests {
  private static let text = "data: {\"choices\":[{\"text\":\"w\",\"finish_reason\":null}]}\n\n"

  @Test("statuses are counted apart, with what the server says")
  func statuses() async throws {
    let server = try server { _, index in
      switch index % 4 {
      case 0: .refusal(429, "slow down")
      case 1: .refusal(500, "out of memory")
      case 2: .refusal(500, "out of luck")
      default: .completion(tokens: 2)
      }
    }
    defer { server.stop() }
    let result = try await server.load(requests: 20).result
    #expect(kinds(result) == ["http-429": 5, "http-500": 10])
    #expect(result.failures.map(\.kind) == ["http-500", "http-429"], "the most frequent first")
    #expect(result.failures.first?.example == "out of memory")
    #expect(result.succeeded == 5 && result.perRequest?.count == 5 && result.failed == 15)
  }

  @Test("a connection that ends early is a cut, and so is a stream without its end mark")
  func cuts() async throws {
    let server = try server { _, index in
      var reply = ModelServer.Reply(
        type: "text/event-stream", [.init(Self.text), .init(Self.text)])
      reply.isCut = index % 2 == 0
      return reply
    }
    defer { server.stop() }
    let result = try await server.load(requests: 6).result
    #expect(kinds(result) == ["cut": 6])
    #expect(result.succeeded == 0 && result.tokens == 0 && result.perToken == nil)
  }

  @Test(
    "what is not the interface is malformed, and the words say what came",
    arguments: [
      ("data: {\"choices\":[{\"text\":\n\n", "is not the JSON that was expected"),
      ("data: {\"object\":\"surprise\"}\n\n", "neither text nor an end"),
      ("data: [1, 2, 3]\n\n", "is not the JSON that was expected"),
      ("<html><body>Welcome</body></html>\n", "a stream of events was asked for"),
      ("{\"choices\":[{\"text\":\"whole\"}]}", "a stream of events was asked for"),
    ])
  func malformed(body: String, words: String) async throws {
    let server = try server { _, _ in
      ModelServer.Reply(type: "text/event-stream", [.init(body)])
    }
    defer { server.stop() }
    let result = try await server.load(requests: 2).result
    #expect(kinds(result) == ["malformed": 2])
    #expect(result.failures.first?.example.contains(words) == true, "\(result.failures)")
  }

  @Test("a stream that is malformed after good tokens counts none of them")
  func lateMalformed() async throws {
    let server = try server { _, _ in
      ModelServer.Reply(
        type: "text/event-stream", [.init(Self.text), .init("data: oops\n\n"), .init(Self.text)])
    }
    defer { server.stop() }
    let result = try await server.load(requests: 2).result
    #expect(kinds(result) == ["malformed": 2] && result.tokens == 0)
    #expect(result.failures.first?.example.hasPrefix("message 2 ") == true)
  }

  @Test("an error in the stream is the server's own report")
  func reported() async throws {
    let server = try server { _, index in
      let error =
        index == 0
        ? "{\"error\":{\"message\":\"no memory left\"}}" : "{\"error\":\"no memory left\"}"
      return ModelServer.Reply(
        type: "text/event-stream", [.init(Self.text), .init("data: \(error)\n\n")])
    }
    defer { server.stop() }
    let result = try await server.load(requests: 2).result
    #expect(kinds(result) == ["reported": 2])
    #expect(result.failures.first?.example == "no memory left")
  }

  @Test(
    "silence is a timeout, before the head, before a token and in the middle",
    arguments: [
      ModelServer.Reply(type: "text/event-stream", [.init(text, after: 30)]),
      ModelServer.Reply(type: "text/event-stream", [.init(text), .init(text, after: 30)]),
    ])
  func silence(reply: ModelServer.Reply) async throws {
    let server = try server { _, _ in reply }
    defer { server.stop() }
    let start = ContinuousClock.now
    let result = try await server.load(
      .closed(concurrency: 2), requests: 2, duration: 1, timeout: 0.5
    ).result
    #expect(kinds(result) == ["timeout": 2])
    #expect(ContinuousClock.now - start < .seconds(15), "nobody waited for the 30 s")
  }

  @Test("a server that has nothing but silence is a timeout too")
  func noHead() async throws {
    let server = try server { _, _ in
      var reply = ModelServer.Reply([])
      reply.isRaw = true
      reply.silence = 30
      return reply
    }
    defer { server.stop() }
    let result = try await server.load(requests: 1, timeout: 0.5).result
    #expect(kinds(result) == ["timeout": 1])
  }

  @Test("what is not HTTP is malformed or cut, and a closed door is refused")
  func notHTTP() async throws {
    let server = try server { _, _ in
      var reply = ModelServer.Reply([.init("220 mail.example ESMTP ready\r\n")])
      reply.isRaw = true
      return reply
    }
    let result = try await server.load(requests: 2).result
    #expect(result.failed == 2 && result.succeeded == 0)
    #expect(Set(kinds(result).keys).isSubset(of: ["malformed", "cut"]), "\(result.failures)")
    server.stop()
    let closed = try await server.load(requests: 2).result
    #expect(kinds(closed) == ["refused": 2])
  }

  @Test("a redirection is a status of its own: a POST is not sent elsewhere")
  func redirection() async throws {
    let server = try server { _, _ in
      var reply = ModelServer.Reply(status: 302, [])
      reply.headers["Location"] = "/v1/models"
      return reply
    }
    defer { server.stop() }
    let result = try await server.load(requests: 1).result
    #expect(kinds(result) == ["http-302": 1])
    #expect(server.requests.map(\.path) == ["/v1/completions"])
  }

  @Test("an answer without tokens is an answer")
  func empty() async throws {
    let server = try server { _, _ in
      ModelServer.Reply(
        type: "text/event-stream",
        [
          .init(
            "data: {\"choices\":[{\"text\":\"\",\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n")
        ])
    }
    defer { server.stop() }
    let result = try await server.load(requests: 2).result
    #expect(result.succeeded == 2 && result.tokens == 0 && result.failures == [])
    #expect(result.timeToFirstToken == nil && result.perRequest?.count == 2)
  }
}
