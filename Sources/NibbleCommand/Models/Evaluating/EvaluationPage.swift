import Foundation
import Models
import Site

/// An evaluation as one page: no network, no script, light and dark as the reader's system wants it.
struct EvaluationPage {
  private let report: EvaluationReport

  init(_ report: EvaluationReport) {
    self.report = report
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
      <title>\(HTMLText.escaped(name)), measured</title>
      <style>
      \(ComparisonPage.style)
      tbody th:first-child { padding-left: 0; font-family: inherit; font-size: inherit; }
      figure { margin-top: 1.6rem; }
      .warning { color: var(--accent); }
      </style>
      </head>
      <body>
      <main>
      <header>
      <p class="over">\(HTMLText.escaped(report.subject))</p>
      <h1>\(HTMLText.escaped(heading))</h1>
      \(paragraph(report.manner.map { $0 + "." }, "question"))\
      \(paragraph(report.warning.map { $0 + "." }, "warning"))\
      \(report.cautions.map { paragraph($0 + ".", "warning") }.joined())</header>
      \(Self.table(["Figure", "value", "standard error"], figureRows))\
      \(curve)\(quantiles)\(tasks)<h2>How it was measured</h2>
      <p>\(HTMLText.escaped(measured))</p>
      </main>
      </body>
      </html>

      """
  }

  private var heading: String {
    guard let perplexity = report.perplexity else { return "Right answers" }
    return "Perplexity \(Figures.short(perplexity))"
  }

  private func paragraph(_ text: String?, _ kind: String) -> String {
    text.map { "<p class=\"\(kind)\">\(HTMLText.escaped($0))</p>\n" } ?? ""
  }

  private var figureRows: [[String]] { report.figures.map { [$0.name, $0.value, $0.error] } }

  private var measured: String {
    var sentences = [
      "Perplexity is e to the mean of −ln p over the scored tokens; its standard error takes tokens as "
        + "independent.",
      "Bits a weight are those of the blocks' linear layers as they are stored, biases left out.",
    ]
    if let other = report.against {
      sentences.append(
        "The other model is \(other); KL(other ‖ this) is in nats a token, both models reading the same "
          + "tokens in one pass.")
    }
    if report.tasks != nil {
      sentences.append(
        "An answer is the choice whose tokens have the highest probability after the question; examples "
          + "that do not fit the model's positions are left out, the last first.")
    }
    return sentences.joined(separator: " ")
  }

  // MARK: Figures beside the table

  /// The perplexity as more of the text is read.
  private var curve: String {
    let values = report.perplexities.filter(\.isFinite)
    guard values.count > 2, let least = values.min(), let most = values.max(), most > least else {
      return ""
    }
    let (width, height, left, bottom) = (680.0, 220.0, 60.0, 24.0)
    func x(_ index: Int) -> Double {
      left + (width - left - 10) * Double(index) / Double(values.count - 1)
    }
    func y(_ value: Double) -> Double {
      10 + (height - bottom - 20) * (most - value) / (most - least)
    }
    func figure(_ value: Double) -> String { String(format: "%.1f", value) }
    let points = values.enumerated().map { "\(figure(x($0))),\(figure(y($1)))" }
      .joined(separator: " ")
    let ticks = [least, most].map { value in
      "<text class=\"tick\" text-anchor=\"end\" x=\"\(left - 8)\" y=\"\(figure(y(value) + 4))\">"
        + "\(Figures.short(value.rounded(toDigits: 4)))</text>"
    }.joined()
    return """
      <figure>
      <svg viewBox="0 0 \(Int(width)) \(Int(height))" role="img" \
      aria-label="Perplexity after each window, from \(Figures.short(values[0])) to \
      \(Figures.short(values[values.count - 1]))">\
      <line class="axis" x1="\(left)" y1="\(height - bottom)" x2="\(width - 10)" y2="\(height - bottom)"/>\
      <polyline class="front" points="\(points)"/>\(ticks)\
      <text class="tick" x="\(left)" y="\(height - 6)">1</text>\
      <text class="tick" text-anchor="end" x="\(width - 10)" y="\(height - 6)">\(values.count) windows</text>\
      </svg>
      <figcaption>The perplexity after each window: how far it still moves says how much text is \
      enough.</figcaption>
      </figure>

      """
  }

  private var quantiles: String {
    guard let comparison = report.comparison else { return "" }
    let rows = zip(comparison.divergenceQuantiles, comparison.probabilityChangeQuantiles).map {
      [
        Figures.short(100 * $0.share) + "%", Figures.short($0.value), Figures.short($1.value),
      ]
    }
    return "<h2>Token by token</h2>\n"
      + Self.table(["Share of tokens below", "KL divergence", "change of probability"], rows)
  }

  private var tasks: String {
    guard let tasks = report.tasks, !tasks.isEmpty else { return "" }
    let rows = tasks.map { task in
      [
        task.name, "\(task.correct)", "\(task.questions)", Figures.share(task.accuracy),
        Figures.share(task.standardError),
      ] + (report.against == nil ? [] : [task.baseAccuracy.map(Figures.share) ?? ""])
        + ["\(task.shots)"]
    }
    let other = report.against == nil ? [] : ["other model"]
    return "<h2>Questions</h2>\n"
      + Self.table(
        ["Task", "right", "asked", "share", "standard error"] + other + ["examples"], rows)
  }

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

extension Double {
  /// The number with so many significant digits.
  fileprivate func rounded(toDigits digits: Int) -> Double {
    guard self != 0, isFinite else { return self }
    let step = pow(10, Double(digits - 1) - floor(log10(abs(self))))
    return (self * step).rounded() / step
  }
}
