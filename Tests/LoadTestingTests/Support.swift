import Foundation
import LoadTesting
import TestSupport
import Testing

/// A server that answers each request of the load as told, whatever the probe before it got.
func server(
  answering behaviour: @escaping ModelServer.Behaviour
) throws -> ModelServer {
  try ModelServer { request, index in
    request.path == "/v1/completions" ? behaviour(request, index) : .refusal(404, "not here")
  }
}

extension ModelServer {
  /// Presses the completions of this server, so many requests of them.
  func load(
    _ pace: LoadPlan.Pace = .closed(concurrency: 1), requests: Int, duration: Double = 20,
    timeout: Double = 20, inFlight: Int = 256, interface: ServerInterface = .completions,
    streams: Bool = true
  ) async throws -> (result: LoadResult, distributions: LoadDistributions) {
    let endpoint = try Endpoint(
      address: address + interface.path, interface: interface, streams: streams)
    let test = LoadTest(
      endpoint: endpoint, prompts: try PromptSet(seed: 1, words: 8),
      plan: try LoadPlan(
        pace: pace, duration: duration, requestLimit: requests, timeout: timeout,
        maximumTokens: 5, inFlightLimit: inFlight))
    let result = await test.run()
    return (result, test.distributions)
  }
}

/// The kinds and counts of failures.
func kinds(_ result: LoadResult) -> [String: Int] {
  Dictionary(uniqueKeysWithValues: result.failures.map { ($0.kind, $0.count) })
}

extension Trait where Self == ConditionTrait {
  /// For what measures time while it waits: beside two thousand tests on two cores a task that is due may wait for
  /// minutes, and a measured time means nothing.
  static var runsAlone: Self {
    .enabled(
      if: ProcessInfo.processInfo.arguments.contains { $0.contains("LoadTestingTests") },
      "measures time: run it alone, swift test --filter LoadTestingTests, as make test does")
  }
}
