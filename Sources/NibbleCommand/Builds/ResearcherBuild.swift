import Course
import Foundation
import Models
import Pipelines

/// A hypothesis written down before it is tested: that SmoothQuant's scaling before GPTQ beats GPTQ.
struct ResearcherBuild: PersonaBuild {
  let persona = Persona.appliedResearcher
  let summary =
    "a hypothesis registered before the run: SmoothQuant-style scaling before GPTQ beats GPTQ"

  func run(_ job: BuildJob, into folder: BuildFolder) throws -> BuildOutcome {
    let flags = job.flags
    var study = ScalingStudy()
    study.bits = flags.bits.map { [$0] } ?? study.bits
    study.seeds = (0..<(flags.seeds ?? study.seeds.count)).map { UInt64($0) }
    study.samples = flags.samples ?? study.samples
    study.testWindows = flags.testWindows ?? study.testWindows
    let models = try (flags.model.map { [$0] } ?? BuildModel.embedded).map { try BuildModel($0) }
    study.length = models.map { $0.length(flags.sequenceLength) }.min() ?? study.length
    let hypothesis = ScalingHypothesis(study, models: models.map(\.name))
    try folder.write(Self.registration(hypothesis, job), to: "hypothesis.md")
    Output.note("registered before the run: \(hypothesis.claim)")
    Output.note("refuted by: \(hypothesis.falsifier)")
    var cells: [ScalingCell] = []
    var tokens = BuildTokens()
    for model in models {
      let text = try BuildText.text(
        flags.dataset, for: model, samples: study.samples, length: study.length,
        testWindows: study.testWindows)
      try tokens.add(
        model.name, text, seeds: study.seeds, samples: study.samples, length: study.length,
        testWindows: study.testWindows)
      let progress = ProgressLine("\(job.persona): \(model.name) on \(text.name)")
      cells += try study.run(on: model.model, named: model.name, text: text) { progress.show($0) }
      progress.end()
      if model.source.model.configuration.hasPlantedOutliers(at: model.path) {
        let twin = try Transformer(path: model.path, withoutOutliers: true)
        let second = ProgressLine("\(job.persona): \(model.name) without its outliers")
        cells += try study.run(on: twin, named: model.name + " without outliers", text: text) {
          second.show($0)
        }
        second.end()
      }
    }
    try tokens.write(to: folder)
    let checkpoint = try writeCheckpoint(study, models[0], flags.dataset, folder)
    let findings = ScalingFindings(
      hypothesis: hypothesis, verdict: hypothesis.verdict(of: cells), cells: cells)
    return BuildOutcome(
      models: models.map(\.name), lines: Self.lines(findings), verdict: findings.verdict,
      findings: findings, document: ResearcherReport(findings).document,
      perplexities: Self.perplexities(cells, alpha: study.alpha)
        + [
          PerplexityLine(
            model: models[0].name, what: "checkpoint/, read back", quality: checkpoint)
        ],
      commands: Self.commands(study, models[0], flags.dataset))
  }

  /// The scaled arm at the first width, with the first seed, on the first model, its scales folded into the norms.
  private func writeCheckpoint(
    _ study: ScalingStudy, _ model: BuildModel, _ dataset: String, _ folder: BuildFolder
  ) throws -> StudyQuality {
    let text = try BuildText.text(
      dataset, for: model, samples: study.samples, length: study.length,
      testWindows: study.testWindows)
    let bits = study.bits[0]
    return try BuildCheckpoint.write(
      model,
      try BuildCheckpoint.recipe(
        "gptq", bits: bits, stages: [.smoothQuant(alpha: study.alpha)]), bits: bits,
      calibration: try text.calibrationSet(
        samples: study.samples, length: study.length, seed: study.seeds[0]),
      to: folder, windows: try text.testWindows(study.testWindows, length: study.length))
  }

  private static func registration(_ hypothesis: ScalingHypothesis, _ job: BuildJob) -> String {
    """
    # Registered before the run

    Written \(Date.now.formatted(.iso8601)), before any model was quantized, by nibble \(Version.text):

        \(job.command)

    **Hypothesis.** \(hypothesis.claim)

    **Falsifier.** \(hypothesis.falsifier)

    **Also looked at.** \(hypothesis.exploratory)

    """
  }

  private static func lines(_ findings: ScalingFindings) -> [String] {
    let alpha = findings.hypothesis.alpha
    return ["SmoothQuant-style scaling before GPTQ beats GPTQ: \(findings.verdict.rawValue)"]
      + findings.cells.map { cell in
        let difference = cell.difference(alpha: alpha).map(ReportWords.interval) ?? "?"
        let isDeciding = findings.hypothesis.models.contains(cell.model)
        return
          "\(cell.model), \(cell.bits) bits: ln PPL(scaled) − ln PPL(GPTQ) \(difference): "
          + (isDeciding ? cell.verdict(alpha: alpha).rawValue : "looked at, decides nothing")
      }
  }

  private static func perplexities(
    _ cells: [ScalingCell], alpha: Double
  ) -> [PerplexityLine] {
    cells.flatMap { cell in
      let arms =
        [("gptq", cell.plain)] + cell.scaled.map { ("scaled by α \($0.alpha), gptq", $0.runs) }
      return arms.flatMap { name, runs in
        runs.map {
          PerplexityLine(
            model: cell.model, what: "\(name), \(cell.bits) bits, seed \($0.seed)",
            quality: $0.quality)
        }
      }
    }
  }

  private static func commands(
    _ study: ScalingStudy, _ model: BuildModel, _ dataset: String
  ) -> [(purpose: String, command: String)] {
    [
      (
        "The checkpoint by hand: scaled, the scales folded into the norms, and GPTQ block by block.",
        "nibble quantize --model \(BuildJob.quoted(model.path)) --out checkpoint-by-hand --fold smoothquant --alpha "
          + "\(study.alpha) --method gptq --bits \(study.bits[0]) --calibration \(BuildJob.quoted(dataset)) --samples \(study.samples) "
          + "--sequence-length \(study.length) --format "
          + BuildCheckpoint.format(study.bits[0], of: model).name
      )
    ]
  }
}

/// Everything a scaling build has measured.
struct ScalingFindings: Encodable {
  let hypothesis: ScalingHypothesis
  let verdict: StudyVerdict
  /// The hypothesis' own, and those of the models without their outliers, which decide nothing.
  let cells: [ScalingCell]
}

extension ModelConfiguration {
  /// Whether a folder's `config.json` says that outlier channels were planted.
  fileprivate func hasPlantedOutliers(at folder: String) -> Bool {
    guard let data = FileManager.default.contents(atPath: folder + "/config.json"),
      let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
    else { return false }
    return object["outlier_channels"] != nil
  }
}
