import Foundation
import Pipelines
import StepRecords

/// What the student's build has to say.
struct StudentReport {
  private let findings: ReductionFindings
  private let model: String
  private let job: BuildJob

  init(_ findings: ReductionFindings, model: String, job: BuildJob) {
    self.findings = findings
    self.model = model
    self.job = job
  }

  private var bits: Int { findings.study.bits }

  var document: BuildDocument {
    var document = BuildDocument(
      over: "\(model), \(findings.text), \(findings.tokens) scored tokens",
      title: "A first quantization at \(bits) bits",
      question: "How much of rounding's error does GPTQ take away, and who notices?")
    addError(to: &document)
    addPerplexity(to: &document)
    if !findings.points.isEmpty { addRelation(to: &document) }
    document.add(
      .heading("How it was measured"),
      .paragraph(
        "E of a layer is ‖(W − Ŵ)X‖², X what the float model gives the layer on text that nobody calibrated with. "
          + "Rounding to nearest needs no text; GPTQ had \(findings.study.samples) windows of "
          + "\(findings.study.length) tokens a seed, block by block. Both share a scale and a zero point among as many "
          + "neighbours. Intervals are Student's t over seeds; those of a correlation are Fisher's, and take layers as "
          + "independent, which they are not quite. What stands after a ± is one standard error over the tokens."
      ))
    return document
  }

  // MARK: E

  private func addError(to document: inout BuildDocument) {
    let reduction = findings.reduction
    let worse = findings.layersNotReduced
    let best = findings.layers.max { $0.reduction < $1.reduction }
    document.add(
      .heading("Does mean E fall by at least 10 %?"),
      .paragraph(
        "A layer computes WX of its inputs X. With rounded weights Ŵ it computes something else, and "
          + "E = ‖(W − Ŵ)X‖² is by how much, here on text that nobody calibrated with."),
      .paragraph(
        "From rounding to nearest to GPTQ the mean of E over the \(findings.layers.count) layers falls by "
          + "\(ReportWords.percent(reduction)). \(ReportWords.verdict(findings.verdict))"),
      .paragraph(
        "The mean of E speaks for the loud layers, whose outputs are large. With every layer's E taken over its own ‖WX‖² "
          + "it is \(ReportWords.percent(findings.relativeReduction)). On the calibration itself, which GPTQ was "
          + "fitted to, it is \(ReportWords.percent(findings.reductionSeen)); the difference is what it learned by heart."
      ),
      .paragraph(
        (best.map {
          "Most is taken away in \(ReportWords.short($0.name)), \(ReportWords.percent($0.reduction)). "
        } ?? "")
          + (worse.isEmpty
            ? "There is no layer whose E rises."
            : "E does not fall in \(worse.map { ReportWords.short($0.name) }.joined(separator: ", ")).")
      ),
      .chart(
        Chart(
          title: "E over ‖WX‖², layer by layer",
          alternative:
            "GPTQ's error lies below that of rounding to nearest in \(findings.layers.count - worse.count) of "
            + "\(findings.layers.count) layers.",
          horizontal: "layer, in the model's order", vertical: .logarithmic("E over ‖WX‖²"),
          marks: [
            .line(label: "rtn", x: places, y: findings.layers.map { $0.nearest / $0.power }),
            .line(
              label: "GPTQ", x: places, y: findings.layers.map { mean($0.feedback) / $0.power }),
          ])),
      .chart(
        Chart(
          title: "What GPTQ takes away of a layer's E",
          alternative: "One bar a layer; those below nothing have gained error.",
          horizontal: "layer", vertical: .linear("reduction", unit: "%"),
          marks: [
            .bars(
              label: "reduction", categories: findings.layers.map { ReportWords.short($0.name) },
              heights: findings.layers.map { 100 * $0.reduction })
          ])),
      .table(
        ["Layer", "rtn, E of ‖WX‖²", "GPTQ, mean", "GPTQ, least to most", "reduction"],
        findings.layers.map { layer in
          let shares = layer.feedback.map { $0 / layer.power }
          return [
            ReportWords.short(layer.name), ReportWords.number(layer.nearest / layer.power),
            ReportWords.number(mean(shares)),
            "\(ReportWords.number(shares.min() ?? 0)) to \(ReportWords.number(shares.max() ?? 0))",
            ReportWords.percent(layer.reduction),
          ]
        }))
  }

  private var places: [Double] { findings.layers.indices.map { Double($0 + 1) } }

  private func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(max(1, values.count))
  }

  // MARK: Perplexity

  private func addPerplexity(to document: inout BuildDocument) {
    let gain = findings.perplexityGain
    var rows = [
      [
        "float", "", ReportWords.number(findings.floatPerplexity), "", "",
      ]
    ]
    func row(_ name: String, _ bits: Int, _ error: String, _ quality: StudyQuality) -> [String] {
      [
        "\(name), \(bits) bits", error, ReportWords.number(quality.perplexity),
        "\(ReportWords.number(quality.logRatio)) ± \(ReportWords.number(quality.logRatioError))",
        "\(ReportWords.number(quality.divergence)) ± \(ReportWords.number(quality.divergenceError))",
      ]
    }
    for whole in findings.wholes {
      rows.append(
        row(whole.method, whole.bits, ReportWords.number(whole.relativeError), whole.quality))
    }
    if findings.wholes.isEmpty {
      rows.append(row("rtn", bits, "", findings.nearest))
      rows += findings.feedback.map { row("gptq", bits, "", $0) }
    }
    document.add(
      .heading("What a reader notices"),
      .paragraph(
        "Perplexity is \(ReportWords.number(findings.floatPerplexity)) in float and "
          + "\(ReportWords.number(findings.nearest.perplexity)) rounded to nearest at \(bits) bits. ln of GPTQ's "
          + "perplexity less that of rounding to nearest is \(ReportWords.interval(gain)) over "
          + "\(gain.count) seeds\(gain.count > 1 ? ", at 95 %" : ""): "
          + (gain.high < 0
            ? "GPTQ reads better. "
            : gain.low > 0 ? "GPTQ reads worse. " : "no difference can be told. ")
          + "That interval knows the draws of the calibration and not the text: over its tokens the perplexity rounded to "
          + "nearest is itself uncertain by ±\(ReportWords.number(findings.nearest.logRatioError)) in ln"
          + (abs(gain.mean) < 2 * findings.nearest.logRatioError
            ? ", so that another text may turn the sign. KL, which compares whole distributions, is the judge here."
            : ".")),
      .table(
        ["Model", "mean E of ‖WX‖²", "perplexity", "ln of its ratio to float", "KL, nats a token"],
        rows))
  }

  // MARK: E and perplexity

  private func addRelation(to document: inout BuildDocument) {
    let widths = findings.study.relationBits
    let rows = widths.map { bits -> [String] in
      let noise = findings.lostInNoise(bits: bits)
      return [
        "\(bits) bits", ReportWords.correlation(findings.perplexityCorrelation(bits: bits)),
        ReportWords.rank(findings.perplexityCorrelation(bits: bits)),
        ReportWords.correlation(findings.divergenceCorrelation(bits: bits)),
        ReportWords.correlation(findings.reductionCorrelation(bits: bits)),
        "\(noise.count) of \(noise.of)",
      ]
    }
    let all = findings.divergenceCorrelation()
    document.add(
      .heading("What E has to do with perplexity"),
      .paragraph(
        "Every layer quantized alone, by both methods, at \(widths.map(String.init).joined(separator: ", ")) bits: "
          + "\(findings.points.count) models, each float but for one layer. Over all of them ln E and ln KL go "
          + "together with r = \(ReportWords.correlation(all)); KL grows like E to the power "
          + "\(all.map { String(format: "%.2f", $0.slope) } ?? "?"). With E itself in place of its share of ‖WX‖² r is "
          + "\(ReportWords.correlation(findings.divergenceCorrelation(isRelative: false))). Within one width, and with the "
          + "change of perplexity in place of KL, it is the table's:"),
      .chart(
        Chart(
          title: "One layer alone: its error, and what the model loses",
          alternative:
            "A cloud that rises from the lower left to the upper right, wider within one width.",
          horizontal: .logarithmic("E over ‖WX‖²"),
          vertical: .logarithmic("KL", unit: "nats a token"),
          marks: widths.map { bits in
            let own = findings.points.filter { $0.bits == bits && $0.quality.divergence > 0 }
            return .points(
              label: "\(bits) bits", x: own.map(\.relativeError), y: own.map(\.quality.divergence))
          })),
      .table(
        [
          "Over the layers at", "r of E and Δ ln PPL", "by ranks", "r of ln E and ln KL",
          "r of the two reductions", "Δ ln PPL lost in noise",
        ], rows),
      .paragraph(
        "Three limits. Within one width the change of perplexity is as often noise as not: the last column counts layers "
          + "whose Δ ln PPL is within two standard errors of nothing, and where it is most of them, no correlation with "
          + "perplexity can be large, whatever E is worth. Much of what goes together does so because of the width: fewer bits "
          + "make both larger. And a correlation over layers is one of this model and this text."))
    if let sums = sums(widths) { document.add(.paragraph(sums)) }
  }

  /// Whether what layers lose alone adds up to what they lose together.
  private func sums(_ widths: [Int]) -> String? {
    let parts = widths.compactMap { bits -> String? in
      guard let whole = findings.wholes.first(where: { $0.bits == bits && $0.method == "rtn" })
      else { return nil }
      let alone = findings.points.filter { $0.bits == bits && $0.method == "rtn" }
        .reduce(0) { $0 + $1.quality.divergence }
      return
        "\(ReportWords.number(alone)) against \(ReportWords.number(whole.fewWindows.divergence)) at \(bits) bits"
    }
    guard !parts.isEmpty else { return nil }
    return
      "The KL of the layers alone, added up, against that of the model with all of them: "
      + parts.joined(separator: ", ") + "."
  }
}
