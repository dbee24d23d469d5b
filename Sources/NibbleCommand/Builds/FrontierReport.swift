import Foundation
import Pipelines
import StepRecords

/// What the frontier researcher's build has to say.
struct FrontierReport {
  private let findings: HessianFindings
  private let scores: [BuildQuestions.Score]
  private let plan: PlannedModel
  private let model: String
  private let job: BuildJob

  init(
    _ findings: HessianFindings, _ scores: [BuildQuestions.Score], _ plan: PlannedModel,
    model: String, job: BuildJob
  ) {
    self.findings = findings
    self.scores = scores
    self.plan = plan
    self.model = model
    self.job = job
  }

  var document: BuildDocument {
    var document = BuildDocument(
      over: "\(model), \(findings.text), \(findings.study.bits) bits",
      title: "GPTQ's Hessians under glass",
      question:
        "What do the Hessians look like that GPTQ divides by, where do its errors go, and which layers mind?"
    )
    document.add(.heading("In short"), .list(FrontierBuild.lines(findings, scores)))
    addSpectra(to: &document)
    addFlow(to: &document)
    addSensitivity(to: &document)
    addOrders(to: &document)
    if !scores.isEmpty { addQuestions(to: &document) }
    addPublished(to: &document)
    addPlan(to: &document)
    return document
  }

  /// Layers that share inputs share a Hessian: the first of each.
  private var inputs: [HessianFindings.Layer] {
    var seen: [HessianSpectrum] = []
    return findings.layers.filter { layer in
      guard !seen.contains(layer.spectrum) else { return false }
      seen.append(layer.spectrum)
      return true
    }
  }

  private func addSpectra(to document: inout BuildDocument) {
    let inputs = inputs
    let singular = inputs.filter { $0.spectrum.condition == nil }.count
    let sharpest = inputs.sorted {
      $0.spectrum.effectiveDimension / Double($0.inputs)
        < $1.spectrum.effectiveDimension / Double($1.inputs)
    }
    let shown = [sharpest.first, sharpest.last].compactMap { $0 }
    document.add(
      .heading("Spectra"),
      .paragraph(
        "\(inputs.count) different inputs, each with its H = (2/n) Σ x xᵀ over \(inputs.first?.spectrum.tokens ?? 0) "
          + "tokens. \(singular) of them have no inverse without damping, to within the rounding of sums in single precision. "
          + "Damping adds \(ReportWords.percent(findings.study.damping)) of the mean diagonal; in every direction "
          + "whose eigenvalue is smaller it outweighs what the text has said."),
      .table(
        [
          "Input of", "channels", "rank", "condition", "damped", "effective directions",
          "carry 99 %", "outweighed by damping",
        ],
        inputs.map { layer in
          let spectrum = layer.spectrum
          return [
            ReportWords.short(layer.name), "\(layer.inputs)", "\(spectrum.rank)",
            spectrum.condition.map(ReportWords.number) ?? "none",
            ReportWords.number(spectrum.dampedCondition),
            ReportWords.number(spectrum.effectiveDimension),
            "\(spectrum.directions(carrying: 0.99))", "\(spectrum.outweighed)",
          ]
        }),
      .chart(
        Chart(
          title: "Eigenvalues of the most and the least uneven input",
          alternative: "Both curves fall over many orders of magnitude; the uneven one at once.",
          horizontal: "eigenvalue, the largest first", vertical: .logarithmic("of the trace"),
          marks: shown.map { layer in
            let spectrum = layer.spectrum
            let trace = spectrum.values.reduce(0, +)
            let kept = spectrum.values.prefix(max(1, spectrum.rank)).map { $0 / trace }
            return .line(
              label: ReportWords.short(layer.name), x: kept.indices.map { Double($0 + 1) }, y: kept)
          })))
    let notes = Set(findings.layers.flatMap(\.notes)).sorted()
    if !notes.isEmpty { document.add(.list(notes)) }
  }

  private func addFlow(to document: inout BuildDocument) {
    let layers = findings.layers.filter { $0.flow.losses.count > 1 }
    guard let shown = layers.max(by: { Self.fed($0) < Self.fed($1) }) else { return }
    let shares = layers.map(Self.fed)
    document.add(
      .heading("Where errors go"),
      .paragraph(
        "GPTQ leaves W − Ŵ = e·U, and e_a·U_ab is what block a of \(findings.study.flowBlockSize) columns has pushed onto "
          + "block b. When a weight's turn comes it has been moved; rounding moves it once more. Over the layers the moves that "
          + "came from errors before are \(ReportWords.percent(shares.min() ?? 0)) to "
          + "\(ReportWords.percent(shares.max() ?? 0)) of all movement squared, and the last block has nobody to push "
          + "to: in the mean it has "
          + "\(ReportWords.number(Self.mean(layers.map { ($0.flow.losses.last ?? 0) / $0.flow.loss * Double($0.flow.losses.count) }))) "
          + "times its share of the loss."),
      .chart(
        Chart(
          title: "What each block pushes onto each later one, \(ReportWords.short(shown.name))",
          alternative: "Above the diagonal alone: errors flow to later blocks.",
          horizontal: "onto block", vertical: "from block",
          marks: [
            .heatmap(
              label: "powers of ten of ‖e·U‖² above 1/10,000 of the greatest",
              rows: Self.decades(shown.flow.pushes))
          ])),
      .table(
        [
          "\(ReportWords.short(shown.name)), block", "share of the loss", "moved, of ‖W‖²",
          "rounded, of ‖W‖²",
        ],
        shown.flow.losses.indices.map { block in
          let flow = shown.flow
          return [
            "\(block + 1)", ReportWords.percent(flow.losses[block] / flow.loss),
            ReportWords.number(flow.moved[block] / flow.powers[block]),
            ReportWords.number(flow.rounded[block] / flow.powers[block]),
          ]
        }))
  }

  /// Powers of ten above a ten-thousandth of the greatest; 0 for what is less.
  private static func decades(_ rows: [[Double]]) -> [[Double]] {
    let greatest = rows.joined().max() ?? 0
    return rows.map { row in
      row.map { $0 > 0 && greatest > 0 ? max(0, log10($0 / greatest) + 4) : 0 }
    }
  }

  /// The share of all movement that came from errors before.
  private static func fed(_ layer: HessianFindings.Layer) -> Double {
    let (moved, rounded) = (layer.flow.moved.reduce(0, +), layer.flow.rounded.reduce(0, +))
    return moved + rounded > 0 ? moved / (moved + rounded) : 0
  }

  private static func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(max(1, values.count))
  }

  private func addSensitivity(to document: inout BuildDocument) {
    let judged = findings.layers.filter { $0.quality != nil }
    guard !judged.isEmpty else { return }
    document.add(
      .heading("Which layers mind"),
      .paragraph(
        "Every layer alone rounded to nearest, the model float but for it: KL(float ‖ model) is what the model minds. The "
          + "scores guess it from the layer. sensitivity.jsonl has a line a layer: its scores, its spectrum, its damping, and its "
          + "error flow."),
      .table(
        ["Score", "rank correlation with KL", "r of logarithms"],
        HessianFindings.Score.allCases.map { score in
          let found = findings.agreement(of: score)
          return [
            score.rawValue, ReportWords.rank(found), ReportWords.correlation(found),
          ]
        }),
      .chart(
        Chart(
          title: "The model's loss, layer by layer",
          alternative: "One bar a layer, of very different heights.",
          horizontal: "layer", vertical: .linear("KL", unit: "nats a token"),
          marks: [
            .bars(
              label: "KL", categories: judged.map { ReportWords.short($0.name) },
              heights: judged.map { $0.quality?.divergence ?? 0 })
          ])))
  }

  private func addOrders(to document: inout BuildDocument) {
    document.add(
      .heading("Orders and block sizes"),
      .paragraph(
        "Columns in other orders, every group's grid fixed beforehand so that only the order differs: E on text nobody "
          + "calibrated with over that of the natural order, the mean over \(findings.layers.count) layers."
      ),
      .table(
        ["Order", "ln of E's ratio, mean and 95 % interval", "E"],
        findings.orders.filter { $0.name != "natural" }.map {
          [
            $0.name, ReportWords.interval($0.logRatio),
            ReportWords.percent(exp($0.logRatio.mean)) + " of the natural order's",
          ]
        }),
      .paragraph(
        "Whole models, block by block; with act-order the columns' groups are stored too, which takes a few more bits:"
      ),
      .table(
        ["Recipe", "bits a weight", "mean E of ‖WX‖²", "perplexity", "KL, nats a token"],
        findings.wholes.map {
          [
            $0.name, ReportWords.number($0.bitsPerWeight), ReportWords.number($0.relativeError),
            ReportWords.number($0.quality.perplexity),
            "\(ReportWords.number($0.quality.divergence)) ± \(ReportWords.number($0.quality.divergenceError))",
          ]
        }),
      .paragraph(
        "The lazy batch: with fresh scales its size is a matter of speed, and the codes that change do so by rounding of sums; "
          + "with scales made of weights that have not seen their own block's updates, as the reference implementation makes them, "
          + "it decides the result."),
      .table(
        ["Columns", "scales", "codes changed", "E over that of 128 fresh", "seconds"],
        blockRows))
  }

  private var blockRows: [[String]] {
    (findings.layers.first?.blockSizes ?? []).map { size in
      let own = findings.layers.compactMap { layer in
        layer.blockSizes.first { $0.size == size.size && $0.isStale == size.isStale }.map {
          (layer, $0)
        }
      }
      let codes = own.reduce(0) { $0 + $1.0.outputs * $1.0.inputs }
      let changed = own.reduce(0) { $0 + $1.1.codesChanged }
      return [
        "\(size.size)", size.isStale ? "stale" : "fresh",
        "\(changed), \(ReportWords.percent(Double(changed) / Double(max(1, codes))))",
        ReportWords.number(Self.mean(own.map { $0.1.error / $0.0.error })),
        ReportWords.number(own.reduce(0) { $0 + $1.1.seconds }),
      ]
    }
  }

  private func addQuestions(to document: inout BuildDocument) {
    document.add(
      .heading("Questions in MMLU's format"),
      .paragraph(
        "The same questions twice: in MMLU's files and by MMLU's letters, A to D, and by the answers' own words. A model that "
          + "never learned to answer with letters is at chance in the first, whatever it knows; so a score is one of the format too. "
          + "Intervals are Wilson's at 95 %."),
      .table(
        ["Model", "asked by", "right", "share", "95 % interval", "flips against float"],
        scores.map { score in
          [
            score.model, score.way, "\(score.right.hits) of \(score.right.count)",
            ReportWords.percent(score.right.share),
            "\(ReportWords.percent(score.right.low)) to \(ReportWords.percent(score.right.high))",
            score.flips.map(String.init) ?? "",
          ]
        }))
  }

  private func addPublished(to document: inout BuildDocument) {
    let rows = PublishedTables.rows
    let models = rows.map(\.model).reduce(into: [String]()) { found, model in
      if !found.contains(model) { found.append(model) }
    }
    let methods = ["rtn, 4 bits", "gptq, 4 bits", "rtn, 3 bits", "gptq, 3 bits"]
    func cell(_ perplexity: Double?, float: Double?) -> String {
      guard let perplexity, let float else { return "" }
      return String(format: perplexity < 1000 ? "%.2f, " : "%.0f, ", perplexity)
        + ReportWords.number(log(perplexity / float))
    }
    document.add(
      .heading("Published, and ours beside"),
      .paragraph(
        "Published, not measured here: perplexity on WikiText-2, and after it ln of its ratio to 16 bits. The last row is ours, on "
          + "\(findings.text). Compare ratios alone, and those with care: other models, another text."
      ),
      .table(
        ["Model", "16 bits"] + methods,
        models.map { model in
          func published(_ method: String) -> Double? {
            rows.first { $0.model == model && $0.method == method }?.perplexity
          }
          let float = published("fp16")
          return [model, float.map { String(format: "%.2f", $0) } ?? ""]
            + methods.map { cell(published($0), float: float) }
        } + [ours(methods)]),
      .list(
        models.compactMap { model in
          rows.first { $0.model == model }.map { "\(model): \($0.source)." }
        }))
  }

  /// Our own row; one width has numbers.
  private func ours(_ methods: [String]) -> [String] {
    let names = ["round to nearest": "rtn", "gptq": "gptq"]
    let own = findings.wholes.compactMap { whole in
      names[whole.name].map { ("\($0), \(findings.study.bits) bits", whole.quality) }
    }
    let float = own.first.map { $0.1.perplexity / exp($0.1.logRatio) }
    return ["ours: \(model)", float.map { String(format: "%.3f", $0) } ?? ""]
      + methods.map { method in
        own.first { $0.0 == method }.map {
          String(format: "%.3f, ", $0.1.perplexity) + ReportWords.number($0.1.logRatio)
        } ?? ""
      }
  }

  private func addPlan(to document: inout BuildDocument) {
    let report = plan.report
    document.add(
      .heading("\(plan.name) on this machine"),
      .paragraph(
        String(format: "On paper: %.2f billion parameters, ", Double(report.parameters) / 1e9)
          + "\(Figures.bytes(report.bytesBefore)) at 16 bits"
          + (report.bytesAfter.map { ", \(Figures.bytes($0)) at 4" } ?? "")
          + ". One block at a time it takes \(Figures.bytes(Int(report.peakBytes))) of memory, and about "
          + String(
            format:
              "%.1f hours at the %.0f GFLOP/s that a product of two matrices has just had here",
            report.seconds / 3600, report.operationsPerSecond / 1e9)
          + "; that is a lower bound. While it runs, \(Figures.bytes(Int(report.diskBytes))) are needed on the disk "
          + "besides the model itself. "
          + String(
            format: "At a price of p an hour it costs %.0f p or more.", report.seconds / 3600)),
      .table(
        ["Work", "operations", "share"],
        report.operations.map { part in
          let all = report.operations.reduce(0) { $0 + $1.amount }
          return [
            part.name, ReportWords.number(part.amount), ReportWords.percent(part.amount / all),
          ]
        }),
      .table(
        ["Memory", "bytes"],
        report.memory.map { [$0.name, Figures.bytes(Int($0.amount))] }),
      .paragraph("The day its folder is here, with MMLU's beside it:"),
      .code(FrontierBuild.realCommands.joined(separator: "\n")))
  }
}
