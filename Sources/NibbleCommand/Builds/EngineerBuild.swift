import Course
import Foundation
import Models
import Pipelines
import StepRecords

/// Whether a model in few bits can be served: its perplexity within an allowance, its tokens in time.
struct EngineerBuild: PersonaBuild {
  let persona = Persona.appliedEngineer
  let summary =
    "whether the model can be served in four bits: perplexity within 0.3, 95 of 100 tokens within 80 ms"

  func run(_ job: BuildJob, into folder: BuildFolder) throws -> BuildOutcome {
    let flags = job.flags
    let model = try BuildModel(flags.model ?? "llama")
    var study = DeploymentStudy()
    study.bits = flags.bits ?? study.bits
    if let seeds = flags.seeds { study.latency.rounds = seeds }
    fit(&study, to: model.model)
    let (samples, windows) = (flags.samples ?? 128, flags.testWindows ?? 32)
    let length = model.length(flags.sequenceLength)
    let text = try BuildText.text(
      flags.dataset, for: model, samples: samples, length: length, testWindows: windows)
    let progress = ProgressLine("\(job.persona): \(model.name) on \(text.name)")
    let findings = try study.run(
      modelAt: model.path,
      calibration: try text.calibrationSet(samples: samples, length: length, seed: 0),
      windows: try text.testWindows(windows, length: length), to: folder.work + "/checkpoint",
      version: Version.text, onProgress: { progress.show($0) })
    progress.end()
    return BuildOutcome(
      models: [model.name], lines: Self.lines(findings),
      verdict: findings.canBeServed ? .holds : .fails, findings: findings,
      document: Self.document(findings, model: model.name, text: text.name, job: job),
      perplexities: [
        ("nothing: the float model", findings.floatPerplexity),
        ("rtn, \(study.bits) bits", findings.nearestPerplexity),
        ("checkpoint/, gptq, codes packed", findings.packedPerplexity),
      ].map { PerplexityLine(model: model.name, what: $0.0, quality: nil, perplexity: $0.1) },
      commands: [
        (
          "The checkpoint timed by hand.",
          "nibble latency --model \((job.out as NSString).lastPathComponent)/checkpoint"
        ),
        (
          "A server of your own under load, once it runs.",
          "# nibble load http://127.0.0.1:8080 --concurrency 4 --duration 60"
        ),
      ])
  }

  /// Groups that divide every layer, and prompts that the model has positions for.
  private func fit(_ study: inout DeploymentStudy, to model: Transformer) {
    let inputs = model.linearLayers.compactMap { model.layer($0)?.inputs }
    study.groupSize =
      [128, 64, 32].first { size in inputs.allSatisfy { $0 % size == 0 } } ?? study.groupSize
    let room = model.configuration.contextLength
    study.latency.newTokens = max(2, min(study.latency.newTokens, room / 4))
    let longest = room - study.latency.newTokens
    let lengths = study.latency.promptLengths.filter { $0 <= longest }
    study.latency.promptLengths = lengths.isEmpty ? [max(1, longest / 2)] : lengths
  }

  private static func lines(_ findings: DeploymentFindings) -> [String] {
    let study = findings.study
    return [
      "perplexity rises by \(ReportWords.number(findings.rise)), allowed are \(ReportWords.number(study.allowance)): "
        + (findings.isAllowed ? "holds" : "fails"),
      "within \(ReportWords.number(study.target)) ms a token, 95 of 100: "
        + (findings.largestBatch.map { "up to \($0) at a time" } ?? "not even one at a time"),
    ]
  }

  private static func document(
    _ findings: DeploymentFindings, model: String, text: String, job: BuildJob
  ) -> BuildDocument {
    let study = findings.study
    var document = BuildDocument(
      over: "\(model), \(text), \(findings.tokens) scored tokens",
      title: findings.canBeServed
        ? "\(study.bits) bits can be served" : "\(study.bits) bits cannot be served",
      question: "Is it good enough, and is it fast enough?")
    document.add(
      .heading("Good enough?"),
      .paragraph(
        "Perplexity is \(ReportWords.number(findings.floatPerplexity)) in float, "
          + "\(ReportWords.number(findings.nearestPerplexity)) rounded to nearest and "
          + "\(ReportWords.number(findings.packedPerplexity)) as it would be served: a rise of "
          + "\(ReportWords.number(findings.rise)), of which \(ReportWords.number(study.allowance)) are allowed. The mean "
          + "divergence from the float model is \(ReportWords.number(findings.divergence)) nats a token. "
          + "\(findings.packedLayers) of \(findings.layers) linear layers are computed from packed codes."
      ),
      .heading("Fast enough?"),
      .paragraph(
        "On this machine, now, the largest batch whose tokens come within \(ReportWords.number(study.target)) ms in 95 of 100 "
          + "cases is \(findings.largestBatch.map(String.init) ?? "none")."),
      .table(
        [
          "Batch, prompt", "float p95, ms", "packed p50", "packed p95", "packed p99",
          "first token p95", "tokens a second",
        ],
        findings.packedLatency.cases.map { own in
          let float = findings.floatLatency.latencyCase(
            batch: own.batch, promptLength: own.promptLength)
          return [
            "\(own.batch), \(own.promptLength)",
            float.map { ReportWords.number($0.perToken.p95) } ?? "",
            ReportWords.number(own.perToken.p50), ReportWords.number(own.perToken.p95),
            ReportWords.number(own.perToken.p99), ReportWords.number(own.timeToFirstToken.p95),
            ReportWords.number(own.tokensPerSecond),
          ]
        }),
      .chart(chart(findings)),
      .heading("The same again"), .code(job.command))
    return document
  }

  private static func chart(_ findings: DeploymentFindings) -> Chart {
    let lengths = Set(findings.packedLatency.cases.map(\.promptLength)).sorted()
    return Chart(
      title: "Milliseconds a token, 95 of 100 within",
      alternative: "One line a length of prompt, rising with the batch.",
      horizontal: "batch", vertical: .linear("per token", unit: "ms"),
      marks: lengths.map { length in
        let own = findings.packedLatency.cases.filter { $0.promptLength == length }
        return .line(
          label: "prompt of \(length)", x: own.map { Double($0.batch) }, y: own.map(\.perToken.p95))
      })
  }
}
