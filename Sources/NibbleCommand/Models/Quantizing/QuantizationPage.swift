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
      </style>
      </head>
      <body>
      <main>
      <header>
      <p class="over">\(HTMLText.escaped(name))</p>
      <h1>\(HTMLText.escaped(heading))</h1>
      \(warnings)</header>
      \(Self.table(["Figure", "before", "after", "rounding to nearest"], figures))\
      <h2>Layer by layer</h2>
      \(drawing)\
      \(Self.table(["Layer", "settings", "bits a weight", "E of ‖WX‖²", "rtn's", "E over rtn's", "damping", "seconds"], layers))\
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
    "\(report.method), \(Figures.short((report.bitsPerWeight * 1000).rounded() / 1000)) bits a weight"
  }

  private var warnings: String {
    report.warnings.map { "<p class=\"warning\">\(HTMLText.escaped($0)).</p>\n" }.joined()
  }

  private var figures: [[String]] {
    var rows: [[String]] = []
    if let quality = report.quality {
      rows.append(
        [
          "Perplexity", Figures.short(quality.perplexityBefore),
          Figures.short(quality.perplexityAfter), "",
        ])
      rows.append(
        [
          "ln of their ratio", "",
          "\(Figures.short(quality.logPerplexityRatio)) ± \(Figures.short(quality.logPerplexityRatioError))",
          "",
        ])
      rows.append(["Mean KL divergence, nats", "", Figures.short(quality.klMean), ""])
      rows.append(["Same most probable token", "", Self.percent(quality.topOneAgreement), ""])
    }
    if let error = report.relativeOutputError {
      rows.append(
        [
          "Output error, of ‖WX‖²", "0", Figures.short(error),
          report.relativeOutputErrorRTN.map(Figures.short) ?? "",
        ])
    }
    rows.append(
      ["Weight files", Figures.bytes(report.bytesBefore), Figures.bytes(report.bytesAfter), ""])
    return rows
  }

  private var layers: [[String]] {
    report.layers.map { record in
      func text(_ value: Double?) -> String { value.map { String(format: "%.4g", $0) } ?? "" }
      return [
        record.name, record.settings, Figures.short(record.bitsPerWeight),
        text(record.relativeOutputError), text(record.relativeNearestError), text(record.gain),
        text(record.damping), String(format: "%.2f", record.seconds),
      ]
    }
  }

  /// Every layer's error beside that of rounding to nearest, on a scale of logarithms.
  private var drawing: String {
    let errors = report.layers.compactMap { record in
      record.relativeOutputError.map { (own: $0, nearest: record.relativeNearestError) }
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
      let ring = error.nearest.map {
        "<circle cx=\"\(figure(x(index)))\" cy=\"\(figure(y($0)))\" r=\"3\" fill=\"none\" stroke=\"currentColor\"/>"
      }
      return (ring ?? "")
        + "<circle cx=\"\(figure(x(index)))\" cy=\"\(figure(y(error.own)))\" r=\"3\" fill=\"var(--accent)\"/>"
    }.joined()
    return """
      <figure>
      <svg viewBox="0 0 \(Int(width)) \(Int(height))" role="img" aria-label="Output error of every layer">\
      <line class="axis" x1="\(left)" y1="\(height - bottom)" x2="\(width - 10)" y2="\(height - bottom)"/>\
      \(ticks)\(marks)</svg>
      <figcaption>E over ‖WX‖² of every layer in the model's order: filled what \(HTMLText.escaped(report.method)) \
      leaves, rings what rounding to nearest would.</figcaption>
      </figure>

      """
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
      "E is ‖WX − ŴX‖² over the calibration, Ŵ as readers of the \(report.format) format compute it; rounding to "
      + "nearest has the same bits, groups and symmetry and the same inputs."
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
