import LoadTesting
import TestSupport
import Testing

/// By law: what a server is decides what is found, and what is wrong with it is one clear error.
@Suite("finding out what a server is", .runsAlone)
struct ProbeTests {
  private static func error(_ probe: ServerProbe) async -> LoadError? {
    do {
      _ = try await probe.endpoint()
      return nil
    } catch {
      return error
    }
  }

  private static let models = ModelServer.Reply([
    .init("{\"object\":\"list\",\"data\":[{\"id\":\"tiny\"},{\"id\":\"other\"}]}")
  ])

  @Test("completions, with the first model that is listed, and the server's count of tokens")
  func completions() async throws {
    let server = try ModelServer { request, _ in
      request.path == "/v1/models" ? Self.models : .completion(tokens: 2, counts: true)
    }
    defer { server.stop() }
    for address in ["", "/", "/v1", "/v1/", "/v1/completions"] {
      let found = try await ServerProbe(address: server.address + address).endpoint()
      #expect(found.interface == .completions && found.model == "tiny" && found.isStreamed)
      #expect(found.address == server.address + "/v1/completions")
    }
    let body = try #require(server.requests.last).json
    #expect(body["model"] as? String == "tiny" && body["stream"] as? Bool == true)
    #expect((body["stream_options"] as? [String: Any])?["include_usage"] as? Bool == true)
  }

  @Test("a server that refuses what it does not know is asked without it")
  func olderServer() async throws {
    let server = try ModelServer { request, _ in
      if request.path != "/v1/completions" { return .refusal(404, "no") }
      return request.json["stream_options"] == nil
        ? .completion(tokens: 2) : .refusal(422, "extra fields not permitted")
    }
    defer { server.stop() }
    let found = try await ServerProbe(address: server.address).endpoint()
    #expect(found.interface == .completions && found.model == nil)
  }

  @Test("where there are no completions: Text Generation Inference, then chat")
  func others() async throws {
    let generation = try ModelServer { request, _ in
      guard request.path == "/base/generate_stream" else { return .refusal(404, "no") }
      return ModelServer.Reply(
        type: "text/event-stream",
        [.init("data:{\"token\":{\"text\":\"a\"},\"generated_text\":\"a\"}\n\n")])
    }
    defer { generation.stop() }
    let first = try await ServerProbe(address: generation.address + "/base").endpoint()
    #expect(first.interface == .generateStream)
    #expect(first.address == generation.address + "/base/generate_stream")
    let chat = try ModelServer { request, _ in
      guard request.path == "/v1/chat/completions" else { return .refusal(405, "no") }
      return ModelServer.Reply(
        type: "text/event-stream",
        [
          .init(
            "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\n")
        ])
    }
    defer { chat.stop() }
    #expect(try await ServerProbe(address: chat.address).endpoint().interface == .chat)
  }

  @Test("the key is sent as a bearer token, and only when there is one")
  func key() async throws {
    let server = try ModelServer { request, _ in
      request.headers["authorization"] == "Bearer s3cret"
        ? .completion(tokens: 1) : .refusal(401, "who are you?")
    }
    defer { server.stop() }
    _ = try await ServerProbe(address: server.address, key: "s3cret").endpoint()
    let error = await Self.error(ServerProbe(address: server.address))
    #expect(error?.kind == .unavailable)
    #expect("\(try #require(error))".contains("status 401: who are you?"))
  }

  @Test("a busy server is asked again, and one that stays so is said to")
  func busy() async throws {
    let server = try ModelServer { request, index in
      if request.path != "/v1/completions" { return .refusal(404, "no") }
      return index < 2 ? .refusal(503, "loading") : .completion(tokens: 1)
    }
    defer { server.stop() }
    _ = try await ServerProbe(address: server.address).endpoint()
    let broken = try ModelServer { _, _ in .refusal(500, "broken") }
    defer { broken.stop() }
    let error = await Self.error(ServerProbe(address: broken.address))
    guard case .refused(_, 500, "broken")? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test("no server, no interface, no model: each is said")
  func refusals() async throws {
    let web = try ModelServer { _, _ in
      ModelServer.Reply(status: 404, type: "text/html", [.init("<html>Not here</html>")])
    }
    let nothing = await Self.error(ServerProbe(address: web.address))
    #expect(
      nothing
        == .noInterface(
          address: web.address,
          tried: ["/v1/completions", "/generate_stream", "/v1/chat/completions"]))
    web.stop()
    let gone = try #require(await Self.error(ServerProbe(address: web.address)))
    #expect(gone.kind == .unavailable && "\(gone)".contains("no server answers there"))
    let page = try ModelServer { _, _ in
      ModelServer.Reply(type: "text/html", [.init("<html>Welcome</html>")])
    }
    defer { page.stop() }
    let unusable = try #require(await Self.error(ServerProbe(address: page.address)))
    #expect(unusable.kind == .badData, "\(unusable)")
    for address in ["", "127.0.0.1:8000", "ftp://127.0.0.1", "http://", "nonsense"] {
      let error = await Self.error(ServerProbe(address: address))
      #expect(error == .badAddress(address))
    }
  }
}
