import LoadTesting

/// What `nibble load` prints of one pace.
struct LoadReport: Encodable {
  /// What decided when requests began.
  struct Pace: Encodable {
    var concurrency: Int?
    var rate: Double?
    var arrivals: String?
  }

  let schema = 1
  let address: String
  let interface: String
  let model: String?
  let streamed: Bool
  let pace: Pace
  let duration: Double
  let maxTokens: Int
  let seed: UInt64
  let partial: Bool
  let targetP95: Double?
  let held: Bool?
  let result: LoadResult

  init(_ endpoint: Endpoint, _ plan: LoadPlan, _ result: LoadResult, target: Double?) {
    address = endpoint.address
    interface = endpoint.interface.rawValue
    model = endpoint.model
    streamed = endpoint.isStreamed
    pace =
      switch plan.pace {
      case .closed(let concurrency): Pace(concurrency: concurrency)
      case .open(let rate, let arrivals): Pace(rate: rate, arrivals: arrivals.rawValue)
      }
    duration = plan.duration
    maxTokens = plan.maximumTokens
    seed = plan.seed
    partial = result.isPartial
    targetP95 = target
    held = target.map(result.meets)
    self.result = result
  }

  /// Prints it.
  func show(json: Bool) throws {
    if json { return try Output.json(self) }
    for line in lines { Output.line(line) }
  }

  private var lines: [String] {
    let rhythm =
      pace.concurrency.map { "\($0) at a time" }
      ?? "\(Figures.short(pace.rate ?? 0)) a second, \(pace.arrivals ?? "")"
    var lines = [endpointLine, "\(rhythm): \(result.counts)"]
    if partial {
      lines.append("partial: stopped before its \(Figures.short(duration)) s were over")
    }
    lines += result.lines(streamed: streamed)
    if let targetP95, let held {
      lines.append(
        "95 of 100 tokens within \(Figures.short(targetP95)) ms: \(held ? "held" : "did not hold")")
    }
    return lines
  }

  private var endpointLine: String {
    Self.line(address, interface, model, streamed)
  }

  static func line(_ address: String, _ interface: String, _ model: String?, _ streamed: Bool)
    -> String
  {
    "\(address): \(interface)\(model.map { ", model \($0)" } ?? "")"
      + (streamed ? "" : ", in one piece")
  }
}

extension LoadResult {
  /// Whether 95 of 100 tokens came within so many milliseconds, and no request failed.
  func meets(_ target: Double) -> Bool {
    failed == 0 && perToken.map { $0.p95 <= target } ?? false
  }

  /// What became of the requests.
  var counts: String {
    var parts = ["\(requests) requests", "\(succeeded) whole answers"]
    if failed > 0 { parts.append("\(failed) failed") }
    if unfinished > 0 { parts.append("\(unfinished) unfinished") }
    if notStarted > 0 { parts.append("\(notStarted) due and never begun") }
    return parts.joined(separator: ", ")
  }

  /// The figures, and what has to be known about them.
  func lines(streamed: Bool) -> [String] {
    var lines = [
      "\(tokens) tokens in \(Figures.short(seconds)) s: \(Figures.short(tokensPerSecond)) tokens/s, "
        + "\(Figures.short(requestsPerSecond)) answers/s"
    ]
    var table = TextTable("milliseconds", "p50", "p95", "p99", "longest", "of")
    for (name, summary) in [
      ("per token", perToken), ("to the first token", timeToFirstToken),
      ("per request", perRequest),
    ] {
      guard let summary else { continue }
      table.add(
        name, Figures.short(summary.p50), Figures.short(summary.p95), Figures.short(summary.p99),
        Figures.short(summary.highest), "\(summary.count)")
    }
    if perRequest != nil { lines += table.lines }
    for failure in failures {
      lines.append("\(failure.kind): \(failure.count), the first: \(failure.example)")
    }
    if streamed, messages > 0, Double(tokens) > 1.05 * Double(messages) {
      lines.append(
        "\(Figures.short(Double(tokens) / Double(messages))) tokens a message: times per token are "
          + "times between messages")
    }
    return lines
  }
}
