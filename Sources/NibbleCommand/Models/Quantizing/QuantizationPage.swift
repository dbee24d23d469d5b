import Foundation
import Pipelines
import Site

/// A quantized model's report as one page: no network, no script, light and dark as the reader's system wants it.
struct QuantizationPage {
  private let report: QuantizationReport
  private let command: String

  init(_ report: QuantizationReport, command: String) {
    self.report = report
    self.command = command
  }

  /// The whole document.
  var html: String {
    let name = report.model.lastPathName
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>\(HTMLText.escaped(name)), quantized</title>
      <style>
      \(ComparisonPage.style)
      tbody th:first-child { padding-left: 0; font-family: inherit; font-size: inherit; }
      .warning { color: var(--accent); }
      pre { white-space: pre-wrap; overflow-wrap: anywhere; }
      tbody th { white-space: nowrap; font-weight: normal; }
      .seam { stroke: currentColor; stroke-width: 0.5; opacity: 0.3; }
      .gap { stroke: currentColor; stroke-width: 0.75; opacity: 0.4; }
      </style>
      </head>
      <body>
      <main>
      <header>
      <p class="over">\(HTMLText.escaped(name))</p>
      <h1>\(HTMLText.escaped(heading))</h1>
      <p>\(HTMLText.escaped(summary))</p>
      \(warnings)</header>
      \(Self.table(["", "float model", "quantized", "rounding to nearest"], figures))\
      \(stages)\
      <h2>Layer by layer</h2>
      <p>\(HTMLText.escaped(reading))</p>
      \(drawing)\
      \(Self.table(layerColumns.map(\.name), layers))\
      \(notes)<h2>How it was measured</h2>
      <p>\(HTMLText.escaped(measured))</p>
      <p>The same again:</p>
      <pre><code>\(HTMLText.escaped(command))</code></pre>
      </main>
      </body>
      </html>

      """
  }

  private var heading: String {
    let stages = report.stages.map { $0.stage.split(separator: " ").first.map(String.init) ?? "" }
    return (stages + [report.method]).joined(separator: ", then ")
      + ", \(Figures.short((report.bitsPerWeight * 1000).rounded() / 1000)) bits a weight"
  }

  /// What came out, in a sentence or two.
  private var summary: String {
    var text =
      "\(report.layers.count) linear layers were quantized, "
      + "\(report.layers.reduce(0) { $0 + $1.outputs * $1.inputs }) weights."
    if let quality = report.quality {
      text +=
        " On held-out text the perplexity went from \(Self.four(quality.perplexityBefore)) to "
        + "\(Self.four(quality.perplexityAfter)), \(Self.change(quality))."
    }
    if let missing = report.qualityMissing { text += " No perplexity was measured: \(missing)." }
    return text
  }

  /// How to read what follows.
  private var reading: String {
    "E is the squared error of a layer's outputs on the calibration text, here as a share of the outputs themselves: "
      + "0 is the float layer, 0.01 a hundredth of its power lost. A method is worth its time where it stays below "
      + "plain rounding of the same width."
  }

  private static func four(_ value: Double) -> String { String(format: "%.4f", value) }

  /// `+0.41 % ± 0.05`, from the logarithm of the ratio and its standard error.
  private static func change(_ quality: HeldOutQuality) -> String {
    String(
      format: "%+.2f %% ± %.2f", 100 * (exp(quality.logPerplexityRatio) - 1),
      100 * quality.logPerplexityRatioError)
  }

  private var warnings: String {
    report.warnings.map { "<p class=\"warning\">\(HTMLText.escaped($0)).</p>\n" }.joined()
  }

  private var figures: [[String]] {
    var rows: [[String]] = []
    if let quality = report.quality {
      rows.append(
        [
          "Perplexity, held out", Self.four(quality.perplexityBefore),
          Self.four(quality.perplexityAfter), "",
        ])
      rows.append(["its change", "", Self.change(quality), ""])
      rows.append(["Mean KL divergence, nats", "0", String(format: "%.3g", quality.klMean), ""])
      rows.append(
        ["Same most probable token", "100%", Self.percent(quality.topOneAgreement), ""])
    }
    if let error = report.relativeOutputError {
      rows.append(
        [
          "Output error E, of ‖WX‖²", "0", String(format: "%.3g", error),
          report.relativeOutputErrorRTN.map { String(format: "%.3g", $0) } ?? "",
        ])
    }
    let weights = Double(report.layers.reduce(0) { $0 + $1.outputs * $1.inputs })
    rows.append(
      [
        "Quantized layers, at their bits", Figures.bytes(Int(weights * 2)) + " at 16",
        Figures.bytes(Int(weights * report.bitsPerWeight / 8)), "",
      ])
    let isPlain = report.format == "dequantized"
    rows.append(
      [
        isPlain ? "Weight files (plain numbers, nothing packed)" : "Weight files, all told",
        Figures.bytes(report.bytesBefore), Figures.bytes(report.bytesAfter), "",
      ])
    return rows
  }

  /// What was folded into the model first, and what it did.
  private var stages: String {
    guard !report.stages.isEmpty else { return "" }
    func text(_ value: Double?, _ format: String = "%.3g") -> String {
      value.map { String(format: format, $0) } ?? ""
    }
    func pair(_ before: Double?, _ after: Double?) -> String {
      before == nil ? "" : "\(text(before)) → \(text(after))"
    }
    let rows = report.stages.map { stage in
      [
        stage.stage, pair(stage.inputRatioBefore, stage.inputRatioAfter),
        pair(stage.weightRatioBefore, stage.weightRatioAfter),
        pair(stage.nearestErrorBefore, stage.nearestErrorAfter), text(stage.logitChange, "%.1g"),
      ]
    }
    let notes = Set(report.stages.flatMap(\.notes)).sorted()
    let list = notes.map { "<li>\(HTMLText.escaped($0))</li>\n" }.joined()
    return """
      <h2>Folded into the model first</h2>
      <p>Changes of the float model that keep what it computes, so that rounding loses less: how far the loudest input \
      channel and the largest weight column stand above the median one where the stage has moved them, and what plain \
      rounding would lose, before → after. The last column is what rounding the changed numbers did to the float \
      model's logits, as a share of the largest.</p>
      \(Self.table(
        ["Stage", "loudest channel", "largest column", "rtn's E", "logits moved by"], rows))\
      \(notes.isEmpty ? "" : "<ul>\n\(list)</ul>\n")
      """
  }

  /// The table's columns; settings and damping only where layers differ in them.
  private var layerColumns: [(name: String, value: (LayerRecord) -> String)] {
    func text(_ value: Double?) -> String { value.map { String(format: "%.3g", $0) } ?? "" }
    var columns: [(name: String, value: (LayerRecord) -> String)] = [("Layer", { $0.name })]
    if Set(report.layers.map(\.settings)).count > 1 {
      columns.append(("settings", { $0.settings }))
    }
    columns += [
      ("bits a weight", { Figures.short(($0.bitsPerWeight * 1000).rounded() / 1000) }),
      ("E of ‖WX‖²", { text($0.relativeOutputError) }),
      ("rtn's E", { text($0.relativeNearestError) }), ("E over rtn's", { text($0.gain) }),
    ]
    if Set(report.layers.map(\.damping)).count > 1 {
      columns.append(("damping", { text($0.damping) }))
    }
    columns.append(("seconds", { String(format: "%.2f", $0.seconds) }))
    return columns
  }

  private var layers: [[String]] {
    let columns = layerColumns
    return report.layers.map { record in columns.map { $0.value(record) } }
  }

  /// Every layer's error beside that of rounding to nearest, on a scale of logarithms.
  private var drawing: String {
    let errors = report.layers.compactMap { record in
      record.relativeOutputError.map {
        (own: $0, nearest: record.relativeNearestError, name: record.name, block: record.block)
      }
    }.filter { $0.own > 0 }
    let all = errors.flatMap { [$0.own] + ($0.nearest.map { [$0] } ?? []) }.filter { $0 > 0 }
    guard errors.count > 1, let least = all.min(), let most = all.max(), most > least else {
      return ""
    }
    let (width, height, left, bottom) = (680.0, 240.0, 64.0, 24.0)
    let (low, high) = (floor(log10(least)), ceil(log10(most)))
    func x(_ index: Int) -> Double {
      left + (width - left - 10) * (Double(index) + 0.5) / Double(errors.count)
    }
    func y(_ value: Double) -> Double {
      10 + (height - bottom - 20) * (high - log10(value)) / (high - low)
    }
    func figure(_ value: Double) -> String { String(format: "%.1f", value) }
    let ticks = stride(from: low, through: high, by: 1).map { power in
      "<text class=\"tick\" text-anchor=\"end\" x=\"\(left - 8)\" y=\"\(figure(y(pow(10, power)) + 4))\">"
        + "\(Figures.short(pow(10, power)))</text>"
    }.joined()
    let marks = errors.enumerated().map { index, error in
      let title =
        "<title>\(HTMLText.escaped(error.name)): \(String(format: "%.3g", error.own))"
        + (error.nearest.map { String(format: ", rounding to nearest %.3g", $0) } ?? "")
        + "</title>"
      let place = figure(x(index))
      let ring = error.nearest.flatMap { $0 > 0 ? $0 : nil }.map {
        "<line class=\"gap\" x1=\"\(place)\" x2=\"\(place)\" "
          + "y1=\"\(figure(y(error.own)))\" y2=\"\(figure(y($0)))\"/>"
          + "<circle cx=\"\(place)\" cy=\"\(figure(y($0)))\" r=\"3\" fill=\"var(--paper)\" "
          + "stroke=\"currentColor\"/>"
      }
      return
        "<g>\(title)\(ring ?? "")<circle cx=\"\(place)\" cy=\"\(figure(y(error.own)))\" r=\"3.5\" "
        + "fill=\"var(--accent)\"/></g>"
    }.joined()
    return """
      <figure>
      <svg viewBox="0 0 \(Int(width)) \(Int(height))" role="img" aria-label="Output error of every layer">\
      <line class="axis" x1="\(left)" y1="\(height - bottom)" x2="\(width - 10)" y2="\(height - bottom)"/>\
      \(ticks)\(seams(errors.map(\.block), x: x, top: 10, bottom: height - bottom))\(marks)</svg>
      <figcaption>Output error of every layer, in the model's order from the first block to the last: filled what \
      \(HTMLText.escaped(report.method)) leaves, rings what rounding to nearest would.</figcaption>
      </figure>

      """
  }

  /// Seams between blocks and their numbers below; of many blocks only some have theirs.
  private func seams(
    _ blocks: [Int], x: (Int) -> Double, top: Double, bottom: Double
  ) -> String {
    let starts = blocks.indices.filter { $0 == 0 || blocks[$0] != blocks[$0 - 1] }
    let step = max(1, starts.count / 12)
    return starts.enumerated().map { place, index in
      let next = place + 1 < starts.count ? starts[place + 1] : blocks.count
      let seam = index == 0 ? nil : (x(index - 1) + x(index)) / 2
      let line = seam.map {
        String(
          format: "<line class=\"seam\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>", $0, $0,
          top,
          bottom)
      }
      let label = String(
        format: "<text class=\"tick\" text-anchor=\"middle\" x=\"%.1f\" y=\"%.1f\">%@</text>",
        (x(index) + x(next - 1)) / 2, bottom + 16, (place == 0 ? "block " : "") + "\(blocks[index])"
      )
      return (line ?? "") + (place % step == 0 ? label : "")
    }.joined()
  }

  private var notes: String {
    let notes = Dictionary(
      report.layers.flatMap { record in record.notes.map { ($0, [record.name]) } },
      uniquingKeysWith: +)
    guard !notes.isEmpty else { return "" }
    let items = notes.sorted { $0.key < $1.key }.map { note, names in
      let others = names.count > 1 ? " and \(names.count - 1) more" : ""
      return "<li>\(HTMLText.escaped("\(names[0])\(others): \(note)"))</li>\n"
    }
    return "<h2>Notes</h2>\n<ul>\n\(items.joined())</ul>\n"
  }

  private var measured: String {
    var text =
      "E is ‖WX − ŴX‖² over the calibration, W the float weight, X the layer's inputs and Ŵ as readers of the "
      + "\(report.format) format compute it; rounding to nearest has the same bits, groups and symmetry and the same "
      + "inputs\(report.stages.isEmpty ? "" : ", after the stages; E is in the units of the model before them")."
    let settings = Set(report.layers.map(\.settings))
    if settings.count == 1, let only = settings.first { text += " Every layer: \(only)." }
    if let quality = report.quality {
      text +=
        " Perplexity and divergence are over \(quality.tokens) tokens in \(quality.windows) windows of the "
        + "calibration's text that were not drawn, both models reading the same."
    }
    return text
  }

  private static func percent(_ share: Double) -> String { String(format: "%.2f%%", 100 * share) }

  private static func table(_ head: [String], _ rows: [[String]]) -> String {
    let body = rows.map { cells in
      "<tr><th scope=\"row\">\(HTMLText.escaped(cells[0]))</th>"
        + cells.dropFirst().map { "<td>\(HTMLText.escaped($0))</td>" }.joined() + "</tr>\n"
    }
    return
      "<div class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"\(HTMLText.escaped(head[0]))\">\n"
      + "<table>\n<thead><tr>"
      + head.map { "<th scope=\"col\">\(HTMLText.escaped($0))</th>" }.joined()
      + "</tr></thead>\n<tbody>\n" + body.joined() + "</tbody>\n</table>\n</div>\n"
  }
}
