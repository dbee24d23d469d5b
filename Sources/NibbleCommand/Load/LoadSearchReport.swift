import LoadTesting

/// What `nibble load` prints of a search.
struct LoadSearchReport: Encodable {
  let schema = 1
  let address: String
  let interface: String
  let model: String?
  let streamed: Bool
  let maxTokens: Int
  let partial: Bool
  let targetP95: Double
  /// The most users at once within the target; null where even one was too many.
  let best: Int?
  let steps: [ConcurrencySearch.Step]

  init(_ endpoint: Endpoint, _ outcome: ConcurrencySearch.Outcome, maxTokens: Int) {
    address = endpoint.address
    interface = endpoint.interface.rawValue
    model = endpoint.model
    streamed = endpoint.isStreamed
    self.maxTokens = maxTokens
    partial = outcome.isPartial
    targetP95 = outcome.target
    best = outcome.best
    steps = outcome.steps
  }

  /// Prints it.
  func show(json: Bool) throws {
    if json { return try Output.json(self) }
    Output.line(LoadReport.line(address, interface, model, streamed))
    if partial { Output.line("partial: stopped before the search was over") }
    var table = TextTable("at a time", "p50", "p95", "p99", "tokens/s", "failed", "")
    for step in steps.sorted(by: { $0.concurrency < $1.concurrency }) {
      func text(_ value: Double?) -> String { value.map(Figures.short) ?? "" }
      table.add(
        "\(step.concurrency)", text(step.result.perToken?.p50), text(step.result.perToken?.p95),
        text(step.result.perToken?.p99), Figures.short(step.result.tokensPerSecond),
        "\(step.result.failed)", step.held ? "held" : "did not hold")
    }
    for line in table.lines { Output.line(line) }
    let target = "95 of 100 tokens within \(Figures.short(targetP95)) ms"
    if let best {
      Output.line("\(target): up to \(best) at a time")
    } else if !partial {
      Output.line("\(target): not even for one at a time")
    }
  }
}
