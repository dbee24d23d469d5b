import Course
import Foundation
import Models
import Pipelines
import StepRecords

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
    for model in models {
      let text = try BuildText.text(
        flags.dataset, for: model, samples: study.samples, length: study.length,
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
    let checkpoint = try writeCheckpoint(study, models[0], flags.dataset, folder)
    let findings = ScalingFindings(
      hypothesis: hypothesis, verdict: hypothesis.verdict(of: cells), cells: cells)
    return BuildOutcome(
      models: models.map(\.name), lines: Self.lines(findings), verdict: findings.verdict,
      findings: findings, document: ResearcherReport(findings, job: job).document,
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
        return
          "\(cell.model), \(cell.bits) bits: ln PPL(scaled) − ln PPL(GPTQ) \(difference): "
          + cell.verdict(alpha: alpha).rawValue
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

/// What the applied researcher's build has to say.
struct ResearcherReport {
  private let findings: ScalingFindings
  private let job: BuildJob

  init(_ findings: ScalingFindings, job: BuildJob) {
    self.findings = findings
    self.job = job
  }

  private var hypothesis: ScalingHypothesis { findings.hypothesis }

  var document: BuildDocument {
    let own = findings.cells.filter { hypothesis.models.contains($0.model) }
    let others = findings.cells.filter { !hypothesis.models.contains($0.model) }
    var document = BuildDocument(
      over:
        "\(hypothesis.models.joined(separator: ", ")), \(hypothesis.seeds.count) calibrations each",
      title: "Scaling before GPTQ: \(findings.verdict.rawValue)",
      question: "Does SmoothQuant-style scaling before GPTQ beat GPTQ?")
    document.add(
      .heading("Registered before the run"), .paragraph(hypothesis.claim),
      .paragraph("Refuted by: " + hypothesis.falsifier),
      .heading("The verdict"), .paragraph(verdictWords(own)),
      .table(Self.head, own.map { row($0, alpha: hypothesis.alpha) }))
    document.add(
      .chart(chart(own)),
      .heading("Also looked at, deciding nothing"),
      .paragraph(
        "Other exponents. The more of them one tries, the more likely one is to win by chance; the hypothesis named its own "
          + "beforehand."),
      .table(
        ["Model, bits, α"] + Self.head.dropFirst(),
        own.flatMap { cell in
          cell.scaled.filter { $0.alpha != hypothesis.alpha }.map { arm in
            var cells = row(cell, alpha: arm.alpha)
            cells[0] += ", \(arm.alpha)"
            return cells
          }
        }))
    if !others.isEmpty {
      document.add(
        .paragraph(
          "The same models without their planted outlier channels, which compute the same logits: what is won above and not "
            + "here is owed to the outliers."),
        .table(Self.head, others.map { row($0, alpha: hypothesis.alpha) }))
    }
    document.add(
      .heading("How it was measured"),
      .paragraph(
        "Layers that read a norm's output have scales s = max|x|^α / max|W|^(1−α), queries, keys and values together, gate and up "
          + "together; GPTQ quantizes W·diag(s) on inputs x / s. Ŵ is divided by s before E is measured and before the model reads, "
          + "so everything is in unscaled coordinates. Both arms calibrate on the float model's inputs of the same windows. "
          + "Differences are paired by seed; intervals are Student's t at 95 %; the effect size is the mean difference over its "
          + "standard deviation. hypothesis.md was written before the first model was quantized."),
      .code(job.command))
    return document
  }

  private static let head = [
    "Model, bits", "GPTQ, perplexity", "scaled", "Δ ln PPL [95 %]", "effect size", "Δ KL [95 %]",
    "change of E", "says",
  ]

  private func row(_ cell: ScalingCell, alpha: Double) -> [String] {
    func mean(_ runs: [ScalingCell.Run]) -> String {
      ReportWords.number(
        runs.reduce(0) { $0 + $1.quality.perplexity } / Double(max(1, runs.count)))
    }
    let difference = cell.difference(alpha: alpha)
    return [
      "\(cell.model), \(cell.bits)", mean(cell.plain),
      mean(cell.scaled.first { $0.alpha == alpha }?.runs ?? []),
      difference.map(ReportWords.interval) ?? "",
      difference?.effectSize.map { String(format: "%.1f", $0) } ?? "",
      cell.divergenceDifference(alpha: alpha).map(ReportWords.interval) ?? "",
      cell.errorChange(alpha: alpha).map {
        $0.count > 1
          ? "\(ReportWords.percent($0.mean)) [\(ReportWords.percent($0.low)), \(ReportWords.percent($0.high))]"
          : ReportWords.percent($0.mean)
      } ?? "",
      cell.verdict(alpha: alpha).rawValue,
    ]
  }

  private func verdictWords(_ own: [ScalingCell]) -> String {
    let verdicts = own.map { $0.verdict(alpha: hypothesis.alpha) }
    func count(_ verdict: StudyVerdict) -> Int { verdicts.count { $0 == verdict } }
    let counts =
      "Of \(own.count) cells \(count(.holds)) say that scaling reads better, \(count(.fails)) that it reads worse, and "
      + "\(count(.undecided)) cannot tell."
    switch findings.verdict {
    case .holds: return counts + " The hypothesis holds for these models and widths."
    case .fails: return counts + " The hypothesis is refuted."
    case .undecided: return counts + " The hypothesis is neither borne out nor refuted."
    }
  }

  private func chart(_ own: [ScalingCell]) -> Chart {
    Chart(
      title: "What scaling changes, by exponent",
      alternative:
        "One line a model and width; below nothing scaling reads better than GPTQ alone.",
      horizontal: "α", vertical: .linear("Δ KL", unit: "nats a token"),
      marks: own.map { cell in
        .line(
          label: "\(cell.model), \(cell.bits) bits", x: cell.scaled.map(\.alpha),
          y: cell.scaled.map { cell.divergenceDifference(alpha: $0.alpha)?.mean ?? 0 })
      })
  }
}
