import Foundation
import LoadTesting
import TestSupport
import Testing

/// By law: a pause of the server is in the times that are measured, and nothing is counted twice.
///
/// Lower bounds are exact, since nothing can come before it is sent; upper bounds leave a busy machine
/// whole seconds.
@Suite("what is measured of a server whose delays are known", .runsAlone)
struct TimingTests {
  @Test("tokens, messages, gaps and answers are counted as they were sent")
  func counts() async throws {
    let server = try server { _, _ in .completion(tokens: 5, counts: true) }
    defer { server.stop() }
    let (result, _) = try await server.load(.closed(concurrency: 3), requests: 12)
    #expect(result.requests == 12 && result.succeeded == 12 && result.failures == [])
    #expect(result.tokens == 60 && result.messages == 60)
    #expect(result.perToken?.count == 12 * 4, "four gaps between five tokens")
    #expect(result.timeToFirstToken?.count == 12 && result.perRequest?.count == 12)
    #expect(result.unfinished == 0 && result.notStarted == 0 && !result.isPartial)
    #expect(abs(result.tokensPerSecond * result.seconds - 60) < 1e-6)
    #expect(server.requests.count == 12)
    #expect(server.mostAtOnce <= 3, "a closed loop has as many under way as it has users")
  }

  @Test("the pause before the first token and those between tokens are told apart")
  func pauses() async throws {
    let server = try server { _, _ in .completion(tokens: 3, first: 0.2, gap: 0.05) }
    defer { server.stop() }
    let result = try await server.load(requests: 6).result
    let (first, gap) = try (#require(result.timeToFirstToken), #require(result.perToken))
    let whole = try #require(result.perRequest)
    #expect(first.p50 >= 200 && first.p50 < 5000)
    #expect(whole.p50 >= 300, "0.2 s and twice 0.05 s")
    // Where a token is delivered late its next gap is shorter by as much; half of them are not.
    #expect(gap.p50 >= 25 && gap.p50 < 200, "50 ms, and never the pause before the first token")
    #expect(gap.mean * Double(gap.count) <= whole.mean * 6, "gaps are parts of requests")
  }

  @Test("percentiles find the slow tenth")
  func slowTenth() async throws {
    let server = try server { _, index in
      .completion(tokens: 1, first: index % 10 == 9 ? 0.5 : 0)
    }
    defer { server.stop() }
    let result = try await server.load(requests: 40).result
    let times = try #require(result.perRequest)
    #expect(times.count == 40)
    // Four of forty: the 95th and the 99th percentile are among them, the median is not.
    #expect(times.p50 < 500 && times.p95 >= 500 && times.p99 >= 500)
    #expect(times.p50 <= times.p95 && times.p95 <= times.p99 && times.p99 <= times.highest)
    #expect(result.perToken == nil, "one token has no gap")
  }

  @Test("in an open loop, who had to wait for a full house is timed from when it was due")
  func coordinatedOmission() async throws {
    let server = try server { _, _ in .completion(tokens: 1, first: 0.1) }
    defer { server.stop() }
    // 40 are due in a second, one at a time takes 0.1 s each: the house serves at most 10 of them.
    let (result, _) = try await server.load(
      .open(rate: 40, arrivals: .even), requests: 1000, duration: 1, inFlight: 1)
    #expect(result.requests + result.notStarted == 40, "everyone who was due is somewhere")
    #expect(result.requests <= 11)
    let (times, delay) = try (#require(result.perRequest), #require(result.startDelay))
    // Request k is due at k/40 s and cannot begin before k/10 s; the last of n waits 3(n-1)/40 s.
    let least = 1000 * 3 * Double(result.requests - 1) / 40
    #expect(delay.highest >= least, "\(delay.highest) of at least \(least)")
    #expect(times.highest >= least + 100)
  }

  @Test("an open loop does not wait for answers")
  func openLoop() async throws {
    let server = try server { _, _ in .completion(tokens: 1, first: 1) }
    defer { server.stop() }
    let result = try await server.load(
      .open(rate: 50, arrivals: .poisson), requests: 10, duration: 10
    ).result
    #expect(result.requests == 10 && result.succeeded == 10)
    #expect(server.mostAtOnce > 1, "the second began before the first had its answer")
  }

  @Test("many users are many at once, not only as many as a browser has connections")
  func manyUsers() async throws {
    let server = try server { _, _ in .completion(tokens: 2, first: 2) }
    defer { server.stop() }
    let result = try await server.load(.closed(concurrency: 48), requests: 48).result
    #expect(result.succeeded == 48 && result.failures == [])
    // All begin within the two seconds of the first, if the machine lets half of them.
    #expect(server.mostAtOnce >= 24, "\(server.mostAtOnce)")
  }

  @Test("an answer in one piece is timed by its tokens")
  func onePiece() async throws {
    let server = try ModelServer { _, _ in
      ModelServer.Reply([
        .init("{\"generated_text\":\"w\",\"details\":{\"generated_tokens\":4}}", after: 0.2)
      ])
    }
    defer { server.stop() }
    let result = try await server.load(requests: 3, interface: .generate).result
    #expect(result.succeeded == 3 && result.tokens == 12)
    #expect(result.timeToFirstToken == nil)
    let (token, whole) = try (#require(result.perToken), #require(result.perRequest))
    #expect(token.count == 3 && token.p50 >= 50, "0.2 s for four tokens")
    #expect(whole.p50 >= 200)
  }

  @Test("tokens that share a message are counted by the server")
  func sharedMessages() async throws {
    let server = try server { _, _ in
      ModelServer.Reply(
        type: "text/event-stream",
        [
          .init("data: {\"choices\":[{\"text\":\"one two\",\"finish_reason\":null}]}\n\n"),
          .init(
            "data: {\"choices\":[{\"text\":\" three\",\"finish_reason\":\"stop\"}],"
              + "\"usage\":{\"completion_tokens\":7}}\n\ndata: [DONE]\n\n"),
        ])
    }
    defer { server.stop() }
    let result = try await server.load(requests: 2).result
    #expect(result.tokens == 14 && result.messages == 4 && result.perToken?.count == 2)
  }

  @Test("a cancelled test gives what it has, soon, and says that it is partial")
  func cancelled() async throws {
    let server = try server { _, index in .completion(tokens: 2, first: index < 2 ? 0 : 300) }
    defer { server.stop() }
    let start = ContinuousClock.now
    let running = Task { try await server.load(requests: 100, duration: 300, timeout: 300).result }
    while server.requests.count < 3 { try await Task.sleep(for: .milliseconds(20)) }
    running.cancel()
    let result = try await running.value
    #expect(result.isPartial && result.succeeded == 2 && result.unfinished == 1)
    #expect(result.requests == 3 && result.failures == [])
    #expect(ContinuousClock.now - start < .seconds(60), "nobody waited for the 300 s")
  }

  @Test("no request begins after the time, and none beyond the number")
  func bounds() async throws {
    let server = try server { _, _ in .completion(tokens: 1, first: 0.05) }
    defer { server.stop() }
    let start = ContinuousClock.now
    let short = try await server.load(.closed(concurrency: 2), requests: 100_000, duration: 0.5)
    #expect(ContinuousClock.now - start < .seconds(20))
    // Two users, at least 0.05 s an answer, 0.5 s: ten each, and one that began just before the end.
    #expect(1...22 ~= short.result.requests)
    #expect(server.requests.count == short.result.requests)
  }
}
