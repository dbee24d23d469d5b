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
    var tokens = BuildTokens()
    try tokens.add(
      model.name, text, seeds: [0], samples: samples, length: length, testWindows: windows)
    try tokens.write(to: folder)
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
      document: EngineerReport(findings, model: model, text: text.name, job: job).document,
      perplexities: [
        PerplexityLine(
          model: model.name, what: "nothing: the float model", quality: nil,
          perplexity: findings.floatPerplexity),
        PerplexityLine(
          model: model.name, what: "rtn, \(study.bits) bits", quality: findings.nearest),
        PerplexityLine(
          model: model.name, what: "checkpoint/, gptq, codes packed", quality: findings.packed),
      ],
      commands: [
        (
          "The checkpoint by hand.",
          "nibble quantize --model \(BuildJob.quoted(model.path)) --out checkpoint-by-hand --method gptq --bits "
            + "\(study.bits) --group-size \(study.groupSize) --calibration \(BuildJob.quoted(flags.dataset)) --samples "
            + "\(samples) --sequence-length \(length) --format gptq"
        ),
        (
          "The checkpoint timed by hand; exit code 1 where not even one at a time is in time.",
          "nibble latency --model \(BuildJob.quoted(job.place))/checkpoint --target-p95 "
            + ReportWords.number(study.target)
        ),
        (
          "A server of your own under load, once it runs.",
          "# nibble load http://127.0.0.1:8000 --target-p95 \(ReportWords.number(study.target))"
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
      "perplexity rises by \(ReportWords.number(findings.rise)) (standard error "
        + "\(ReportWords.number(findings.riseError))), allowed are \(ReportWords.number(study.allowance)): "
        + (findings.isAllowed ? "holds" : "fails"),
      "within \(ReportWords.number(study.target)) ms a token, 95 of 100: "
        + (findings.largestBatch.map { "up to \($0) at a time" } ?? "not even one at a time"),
    ]
  }
}
