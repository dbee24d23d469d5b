import ArgumentParser
import Foundation
import Models
import Pipelines
import Synchronization

/// `nibble latency`: a model in this process, timed by batch and length of prompt.
struct LatencyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "latency",
    abstract: "Time a model here, without a server: per token and per request, by batch.",
    discussion: """
      Every case is a batch of prompts of one length: all prompts in one pass, then one pass a token for \
      the whole batch, keys and values kept. Packed weights are computed with as they are. The largest \
      batch whose tokens come in time, 95 of 100 of them, is the answer; where not even the smallest \
      does, the exit code is 1. What a network and a queue add, nibble load measures on a server.

      Ctrl-C prints what has been measured, says that it is partial, and ends with 130.

      Example: nibble latency --model quantized --batches 1,4,16 --prompt-lengths 128
      """
  )

  @Option(
    help: ArgumentHelp(
      "A model's folder, a GGUF, a llama2.c file, or a name that nibble fetch knows.",
      valueName: "path"))
  var model: String

  @Option(help: ArgumentHelp("Texts computed together, with commas between.", valueName: "list"))
  var batches = "1,2,4,8,16,32"

  @Option(help: ArgumentHelp("Tokens of each prompt, with commas between.", valueName: "list"))
  var promptLengths = "16,128"

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Tokens added to each prompt.", valueName: "count"))
  var newTokens = 32

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How often each case is measured, after once that does not count.", valueName: "count"))
  var rounds = 4

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Milliseconds per token that 95 of 100 are not to exceed.", valueName: "MS"))
  var targetP95 = 80.0

  @Option(parsing: .unconditional, help: "The seed of the prompts.")
  var seed: UInt64 = 0

  @Flag(help: "Print one JSON object instead.")
  var json = false

  func validate() throws {
    if !(targetP95 > 0 && targetP95.isFinite) {
      throw ValidationError("--target-p95 must be above 0, not \(targetP95)")
    }
  }

  func run() throws {
    let study = LatencyStudy(
      batches: try Self.numbers(batches, of: "--batches"),
      promptLengths: try Self.numbers(promptLengths, of: "--prompt-lengths"),
      newTokens: newTokens, rounds: rounds, seed: seed)
    let transformer = try Transformer(path: ModelPath.resolve(model))
    let line = ProgressLine("latency")
    // What there is so far, for whoever asks first: the end, or Ctrl-C.
    let found = Mutex<LatencyReport?>(nil)
    let (name, target, json) = (model, targetP95, self.json)
    let show: @Sendable (LatencyReport) throws -> Void = { report in
      try LatencySummaryReport(name, report, target: target).show(json: json)
    }
    let stopping: @Sendable () -> Void = {
      line.end()
      let report = found.withLock { found in
        defer { found = nil }
        return found
      }
      if let report, !report.cases.isEmpty { try? show(report) }
    }
    let report = try Interrupts.cleaningUp(stopping) {
      let report = try study.run(on: transformer) { report, share in
        found.withLock { $0 = report }
        line.show(share)
        return true
      }
      line.end()
      let isFirst = found.withLock { found in
        defer { found = nil }
        return found != nil
      }
      if isFirst { try show(report) }
      return report
    }
    if report.largestBatch(within: targetP95) == nil { throw Failure(.didNotHold) }
  }

  private static func numbers(_ text: String, of option: String) throws -> [Int] {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
    guard numbers.count == parts.count, numbers.allSatisfy({ $0 > 0 }) else {
      throw Failure(
        .usage, "\(option) must be whole numbers with commas between, as in 1,4,16, not \(text)")
    }
    return Array(Set(numbers)).sorted()
  }
}

/// What `nibble latency` prints.
struct LatencySummaryReport: Encodable {
  let schema = 1
  let model: String
  let partial: Bool
  let targetP95: Double
  /// The largest batch within the target at every length of prompt; null where there is none.
  let largestBatch: Int?
  let peakBytes: Int
  let weightBytes: Int
  let study: LatencyStudy
  let cases: [LatencyCase]

  init(_ model: String, _ report: LatencyReport, target: Double) {
    self.model = model
    partial = report.isPartial
    targetP95 = target
    largestBatch = report.largestBatch(within: target)
    peakBytes = PeakMemory.bytes
    weightBytes = report.weightBytes
    study = report.study
    cases = report.cases
  }

  /// Prints it.
  func show(json: Bool) throws {
    if json { return try Output.json(self) }
    Output.line(
      "\(model): \(Figures.bytes(weightBytes)) of weights a pass, \(Figures.bytes(peakBytes)) at most in memory"
    )
    if partial { Output.line("partial: stopped before all rounds were over") }
    var table = TextTable(
      "batch", "prompt", "p50", "p95", "p99", "first token", "request", "tokens/s", "cache")
    for found in cases {
      table.add(
        "\(found.batch)", "\(found.promptLength)", Figures.short(found.perToken.p50),
        Figures.short(found.perToken.p95), Figures.short(found.perToken.p99),
        Figures.short(found.timeToFirstToken.p95), Figures.short(found.perRequest.p95),
        Figures.short(found.tokensPerSecond), Figures.bytes(found.cacheBytes))
    }
    for line in table.lines { Output.line(line) }
    Output.line("milliseconds; the first token and the request at their 95th percentile")
    let target = "95 of 100 tokens within \(Figures.short(targetP95)) ms"
    if let largestBatch {
      let isLargest = largestBatch == study.batches.max()
      Output.line(
        "\(target): up to \(largestBatch) at a time\(isLargest ? ", the largest that was tried" : "")"
      )
    } else {
      Output.line("\(target): not even the smallest batch")
    }
  }
}
