import Foundation
import Pipelines
import StepRecords

/// What the applied researcher's build has to say.
struct ResearcherReport {
  private let findings: ScalingFindings
  private let tokens: Int

  init(_ findings: ScalingFindings) {
    self.findings = findings
    tokens = findings.cells.first?.plain.first?.quality.tokens ?? 0
  }

  private var hypothesis: ScalingHypothesis { findings.hypothesis }
  /// The cells that the hypothesis is about.
  private var own: [ScalingCell] {
    findings.cells.filter { hypothesis.models.contains($0.model) }
  }
  /// Those of the models without their outliers.
  private var others: [ScalingCell] {
    findings.cells.filter { !hypothesis.models.contains($0.model) }
  }

  var document: BuildDocument {
    var document = BuildDocument(
      over:
        "\(hypothesis.models.joined(separator: ", ")), \(hypothesis.seeds.count) calibrations each, \(tokens) scored tokens",
      title: "Scaling before GPTQ: \(findings.verdict.rawValue)",
      question: "Does SmoothQuant-style scaling before GPTQ beat GPTQ?")
    document.add(
      .heading("Registered before the run"), .paragraph(hypothesis.claim),
      .paragraph("Refuted by: " + hypothesis.falsifier),
      .heading("The verdict"), .paragraph(verdictWords),
      .table(Self.decidingHead, own.map { decidingRow($0, hypothesis.alpha) }))
    addMeasures(to: &document)
    addExponents(to: &document)
    if !others.isEmpty { addTwins(to: &document) }
    document.add(
      .heading("How it was measured"),
      .paragraph(
        "Layers that read a norm's output have scales s = max|x|^α / max|W|^(1−α), queries, keys and values together, gate and up "
          + "together; GPTQ quantizes W·diag(s) on inputs x / s. Ŵ is divided by s before E is measured and before the model reads, "
          + "so everything is in unscaled coordinates. Both arms calibrate on the float model's inputs of the same windows, and are "
          + "judged by windows that neither has seen."),
      .paragraph(
        "Differences are scaled less GPTQ alone, paired by seed; intervals are Student's t at 95 %. The effect size is the mean "
          + "difference over its standard deviation, with the interval of the noncentral t: few seeds leave it wide. "
          + "hypothesis.md was written before the first model was quantized."))
    return document
  }

  private var verdictWords: String {
    let verdicts = own.map { $0.verdict(alpha: hypothesis.alpha) }
    func count(_ verdict: StudyVerdict) -> Int { verdicts.count { $0 == verdict } }
    let counts =
      "A cell is a model at a width. Of \(own.count) cells \(count(.holds)) say that scaling reads better, \(count(.fails)) that it "
      + "reads worse, and \(count(.undecided)) cannot tell."
    switch findings.verdict {
    case .holds: return counts + " The hypothesis holds for these models and widths."
    case .fails: return counts + " The hypothesis is refuted."
    case .undecided: return counts + " The hypothesis is neither borne out nor refuted."
    }
  }

  // MARK: What decides

  private static let decidingHead = [
    "Model, bits", "GPTQ, perplexity", "scaled", "Δ ln PPL, 10⁻³ [95 %]", "effect size [95 %]",
    "says",
  ]

  private func decidingRow(_ cell: ScalingCell, _ alpha: Double) -> [String] {
    func mean(_ runs: [ScalingCell.Run]) -> String {
      ReportWords.number(MeanInterval(runs.map(\.quality.perplexity)).mean)
    }
    let difference = cell.difference(alpha: alpha)
    let scaled = cell.scaled.first { $0.alpha == alpha }?.runs ?? []
    return [
      "\(cell.model), \(cell.bits)", mean(cell.plain), scaled.isEmpty ? "" : mean(scaled),
      difference.map(ReportWords.thousandths) ?? "", difference.map(ReportWords.effect) ?? "",
      cell.verdict(alpha: alpha).rawValue,
    ]
  }

  // MARK: What was looked at

  private static let measuresHead = [
    "Model, bits", "E of ‖WX‖², GPTQ", "scaled", "change of E [95 %]", "Δ KL, 10⁻³ [95 %]",
    "effect size [95 %]",
  ]

  private func measuresRow(_ cell: ScalingCell, _ alpha: Double) -> [String] {
    func mean(_ runs: [ScalingCell.Run]) -> String {
      ReportWords.number(MeanInterval(runs.map(\.relativeError)).mean)
    }
    let scaled = cell.scaled.first { $0.alpha == alpha }?.runs ?? []
    let divergence = cell.divergenceDifference(alpha: alpha)
    return [
      "\(cell.model), \(cell.bits)", mean(cell.plain), scaled.isEmpty ? "" : mean(scaled),
      cell.errorChange(alpha: alpha).map(ReportWords.shares) ?? "",
      divergence.map(ReportWords.thousandths) ?? "", divergence.map(ReportWords.effect) ?? "",
    ]
  }

  private func addMeasures(to document: inout BuildDocument) {
    let alpha = hypothesis.alpha
    func count(_ interval: (ScalingCell) -> MeanInterval?) -> Int {
      own.count { cell in interval(cell).map { $0.count > 1 && $0.high < 0 } ?? false }
    }
    document.add(
      .heading("By other measures"),
      .paragraph(
        "The same runs. E falls, by its whole interval, in \(count { $0.errorChange(alpha: alpha) }) of \(own.count) cells, and "
          + "KL(float ‖ model), nats a token, in \(count { $0.divergenceDifference(alpha: alpha) }). Neither stood in the sentence, so "
          + "neither decides it; where perplexity cannot tell and these can, the next sentence should be about one of them."
      ),
      .table(Self.measuresHead, own.map { measuresRow($0, alpha) }))
  }

  private func addExponents(to document: inout BuildDocument) {
    func rows(_ row: (ScalingCell, Double) -> [String]) -> [[String]] {
      own.flatMap { cell in
        cell.scaled.filter { $0.alpha != hypothesis.alpha }.map { arm in
          var cells = row(cell, arm.alpha)
          cells[0] += ", \(arm.alpha)"
          return cells
        }
      }
    }
    document.add(
      .heading("Other exponents, deciding nothing"),
      .paragraph(
        "The more of them one tries, the more likely one is to win by chance; the hypothesis named its own beforehand."
      ),
      .chart(chart),
      .table(["Model, bits, α"] + Self.decidingHead.dropFirst(), rows(decidingRow)),
      .table(["Model, bits, α"] + Self.measuresHead.dropFirst(), rows(measuresRow)))
  }

  private func addTwins(to document: inout BuildDocument) {
    document.add(
      .heading("Without outliers, deciding nothing"),
      .paragraph(
        "The same models without their planted outlier channels, which compute the same logits: what is won above and not "
          + "here is owed to the outliers."),
      .table(Self.decidingHead, others.map { decidingRow($0, hypothesis.alpha) }),
      .table(Self.measuresHead, others.map { measuresRow($0, hypothesis.alpha) }))
  }

  private var chart: Chart {
    Chart(
      title: "The change of KL by exponent; below 0 scaling reads nearer to the float model",
      alternative: "One line a model and width.",
      horizontal: "α", vertical: .linear("Δ KL", unit: "nats a token"),
      marks: own.map { cell in
        .line(
          label: "\(cell.model), \(cell.bits) bits", x: cell.scaled.map(\.alpha),
          y: cell.scaled.map { cell.divergenceDifference(alpha: $0.alpha)?.mean ?? 0 })
      })
  }
}
