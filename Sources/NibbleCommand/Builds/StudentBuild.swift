import Course
import Foundation
import Models
import Pipelines
import StepRecords

/// A first quantization: what GPTQ takes away of rounding's error, and what a reader of the text notices.
struct StudentBuild: PersonaBuild {
  let persona = Persona.studentOfComputing
  let summary =
    "the error of round to nearest against GPTQ's, layer by layer, and what perplexity notices of it"

  func run(_ job: BuildJob, into folder: BuildFolder) throws -> BuildOutcome {
    let flags = job.flags
    let model = try BuildModel(flags.model ?? "llama")
    var study = ReductionStudy()
    study.bits = flags.bits ?? study.bits
    study.seeds = (0..<(flags.seeds ?? study.seeds.count)).map { UInt64($0) }
    study.samples = flags.samples ?? study.samples
    study.length = model.length(flags.sequenceLength)
    study.testWindows = flags.testWindows ?? study.testWindows
    study.relationWindows = min(study.relationWindows, study.testWindows)
    let text = try BuildText.text(
      flags.dataset, for: model, samples: study.samples, length: study.length,
      testWindows: study.testWindows)
    var tokens = BuildTokens()
    try tokens.add(
      model.name, text, seeds: study.seeds, samples: study.samples, length: study.length,
      testWindows: study.testWindows)
    try tokens.write(to: folder)
    let progress = ProgressLine("\(job.persona): \(model.name) on \(text.name)")
    let findings = try study.run(on: model.model, text: text) { progress.show($0) }
    progress.end()
    let checkpoint = try writeCheckpoint(study, model, text, to: folder)
    return BuildOutcome(
      models: [model.name], lines: Self.lines(findings), verdict: findings.verdict,
      findings: findings,
      document: StudentReport(findings, model: model.name, job: job).document,
      perplexities: Self.perplexities(findings, checkpoint, model.name),
      commands: Self.commands(study, model, flags.dataset))
  }

  /// GPTQ with the first seed, in the format that other programs read; read back as anybody would.
  private func writeCheckpoint(
    _ study: ReductionStudy, _ model: BuildModel, _ text: StudyText, to folder: BuildFolder
  ) throws -> StudyQuality {
    let recipe = try BuildCheckpoint.recipe("gptq", bits: study.bits)
    let set = try text.calibrationSet(
      samples: study.samples, length: study.length, seed: study.seeds[0])
    return try BuildCheckpoint.write(
      model, recipe, bits: study.bits, calibration: set, to: folder,
      windows: try text.testWindows(study.testWindows, length: study.length))
  }

  private static func lines(_ findings: ReductionFindings) -> [String] {
    let study = findings.study
    return [
      "mean E falls by \(ReportWords.percent(findings.reduction)) from rounding to nearest to GPTQ, at "
        + "\(study.bits) bits, on text nobody calibrated with",
      "at least 10 %: \(findings.verdict.rawValue)",
      "perplexity: float \(ReportWords.number(findings.floatPerplexity)), rounded to nearest "
        + "\(ReportWords.number(findings.nearest.perplexity)), GPTQ "
        + "\(ReportWords.number(MeanInterval(findings.feedback.map(\.perplexity)).mean))",
    ]
  }

  private static func perplexities(
    _ findings: ReductionFindings, _ checkpoint: StudyQuality, _ model: String
  ) -> [PerplexityLine] {
    let bits = findings.study.bits
    var lines = [
      PerplexityLine(
        model: model, what: "nothing: the float model", quality: nil,
        perplexity: findings.floatPerplexity),
      PerplexityLine(model: model, what: "rtn, \(bits) bits", quality: findings.nearest),
    ]
    for (seed, quality) in zip(findings.study.seeds, findings.feedback) {
      lines.append(
        PerplexityLine(model: model, what: "gptq, \(bits) bits, seed \(seed)", quality: quality))
    }
    lines.append(
      PerplexityLine(model: model, what: "checkpoint/, read back", quality: checkpoint))
    for whole in findings.wholes where whole.bits != bits {
      lines.append(
        PerplexityLine(
          model: model, what: "\(whole.method), \(whole.bits) bits", quality: whole.quality))
    }
    return lines
  }

  private static func commands(
    _ study: ReductionStudy, _ model: BuildModel, _ dataset: String
  ) -> [(purpose: String, command: String)] {
    let path = BuildJob.quoted(model.path)
    return [
      (
        "A checkpoint by hand, with windows of its own choosing.",
        "nibble quantize --model \(path) --out checkpoint-by-hand --method gptq --bits \(study.bits) --calibration "
          + "\(BuildJob.quoted(dataset)) --samples \(study.samples) --sequence-length \(study.length) --format "
          + BuildCheckpoint.format(study.bits, of: model).name
      ),
      (
        "Both models on a text of your own.",
        "# nibble eval --model checkpoint-by-hand --against \(path) --text TEXT.txt"
      ),
      (
        "One layer, every method.",
        "# nibble compare LAYER.safetensors --methods rtn,gptq --html layer.html"
      ),
    ]
  }
}
