import LoadTesting

/// The steps of a search, each told as it goes.
struct LoadSearchRun: Sendable {
  let endpoint: Endpoint
  let prompts: PromptSet
  let search: ConcurrencySearch
  /// The plan of a pace.
  let plan: @Sendable (LoadPlan.Pace) throws -> LoadPlan
  /// Whether each step gets a line on standard error.
  let words: Bool

  func run() async throws -> ConcurrencySearch.Outcome {
    // Refused, if at all, before the first request.
    let plans = try (1...search.maximum).map { try plan(.closed(concurrency: $0)) }
    var asked = 0
    return try await search.run { concurrency in
      let plan = plans[concurrency - 1]
      let test = LoadTest(
        endpoint: endpoint, prompts: prompts, plan: plan, firstPrompt: asked)
      let line = ProgressLine("\(concurrency) at a time")
      let result = await test.run { line.show($0.share(of: plan), $0.words) }
      line.end()
      asked += result.requests
      if words, !result.isPartial { Output.note(Self.line(concurrency, result)) }
      return result
    }
  }

  private static func line(_ concurrency: Int, _ result: LoadResult) -> String {
    let time = result.perToken.map { "95 of 100 tokens within \(Figures.short($0.p95)) ms" }
    let failed = result.failed > 0 ? ", \(result.failed) failed" : ""
    return "\(concurrency) at a time: \(time ?? "no times per token"), "
      + "\(Figures.short(result.tokensPerSecond)) tokens/s\(failed)"
  }
}

extension LoadTest.Progress {
  /// What share of a plan's time or requests is over.
  func share(of plan: LoadPlan) -> Double {
    max(seconds / plan.duration, Double(requests - inFlight) / Double(plan.requestLimit))
  }

  /// What a person who watches wants to know besides.
  var words: String {
    "\(requests) requests, \(inFlight) under way"
      + (failed > 0 ? ", \(failed) failed" : "")
  }
}
