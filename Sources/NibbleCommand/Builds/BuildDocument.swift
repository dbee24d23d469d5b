import Foundation
import Site
import StepRecords

/// A report as data: one for the browser, one for people who read Markdown.
struct BuildDocument {
  /// A piece of it.
  enum Part {
    case heading(String)
    case paragraph(String)
    case list([String])
    case table([String], [[String]])
    case chart(Chart)
    case code(String)
  }

  /// What stands over the title.
  let over: String
  let title: String
  /// What it asks.
  let question: String
  private(set) var parts: [Part] = []

  init(over: String, title: String, question: String) {
    self.over = over
    self.title = title
    self.question = question
  }

  mutating func add(_ parts: Part...) { self.parts += parts }

  // MARK: HTML

  /// One page: no network, no script, light and dark as the reader's system wants it.
  var html: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>\(HTMLText.escaped(title))</title>
    <style>
    \(ComparisonPage.style)
    tbody th:first-child { padding-left: 0; }
    pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--shade); padding: 0.7rem 0.9rem;
      font: 0.76rem/1.5 var(--mono); }
    .table { margin: 0.4rem 0 1.3rem; }
    .chart svg { max-width: 34rem; overflow: visible; }
    :root { --blue: light-dark(#2d5f8b, #82aed6); }
    \(Self.chartStyle)
    .chart text { font-size: 12px; }
    @media (min-width: 40em) { .chart text { font-size: 9px; } }
    </style>
    </head>
    <body>
    <main>
    <header>
    <p class="over">\(HTMLText.escaped(over))</p>
    <h1>\(HTMLText.escaped(title))</h1>
    <p class="question">\(HTMLText.escaped(question))</p>
    </header>
    \(parts.map(Self.html).joined())</main>
    </body>
    </html>

    """
  }

  private static func html(_ part: Part) -> String {
    switch part {
    case .heading(let text): return "<h2>\(HTMLText.escaped(text))</h2>\n"
    case .paragraph(let text): return "<p>\(HTMLText.escaped(text))</p>\n"
    case .list(let items):
      return "<ul>\n" + items.map { "<li>\(HTMLText.escaped($0))</li>\n" }.joined() + "</ul>\n"
    case .chart(let chart): return ChartFigure(chart).html()
    case .code(let text): return "<pre><code>\(HTMLText.escaped(text))</code></pre>\n"
    case .table(let head, let rows):
      let body = rows.map { cells in
        "<tr><th scope=\"row\">\(HTMLText.escaped(cells.first ?? ""))</th>"
          + cells.dropFirst().map { "<td>\(HTMLText.escaped($0))</td>" }.joined() + "</tr>\n"
      }
      return
        "<div class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"\(HTMLText.escaped(head.first ?? ""))\">\n"
        + "<table>\n<thead><tr>"
        + head.map { "<th scope=\"col\">\(HTMLText.escaped($0))</th>" }.joined()
        + "</tr></thead>\n<tbody>\n\(body.joined())</tbody>\n</table>\n</div>\n"
    }
  }

  // MARK: Markdown

  /// The same as Markdown; charts are files beside it.
  var markdown: String {
    var chart = 0
    let blocks = parts.map { part -> String in
      switch part {
      case .heading(let text): return "## \(Self.escaped(text))"
      case .paragraph(let text): return Self.escaped(text)
      case .list(let items): return items.map { "- \(Self.escaped($0))" }.joined(separator: "\n")
      case .code(let text): return "```\n\(text)\n```"
      case .table(let head, let rows):
        let lines = [head, head.map { _ in "---" }] + rows
        return lines.map { cells in
          "| "
            + cells.map { $0 == "---" ? $0 : Self.escaped($0).replacing("|", with: "\\|") }
            .joined(separator: " | ") + " |"
        }.joined(separator: "\n")
      case .chart(let data):
        let names = Self.drawings(of: data, number: chart).map(\.name)
        chart += 1
        let text = data.alternative.isEmpty ? data.title : data.alternative
        return "**\(Self.escaped(data.title))**\n\n"
          + names.map { "![\(Self.escaped(text))](charts/\($0))" }.joined(separator: "\n\n")
      }
    }
    return
      ([
        "# \(Self.escaped(title))", "*\(Self.escaped(over)).* \(Self.escaped(question))",
      ] + blocks).joined(separator: "\n\n") + "\n"
  }

  /// The characters that would mean something.
  private static func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
      if "\\`*_[]<>#".contains(character) { result.append("\\") }
      result.append(character)
    }
    return result
  }

  // MARK: Charts as files

  /// Every chart as SVG with a style of its own.
  var drawings: [(name: String, svg: String)] {
    var number = -1
    return parts.flatMap { part -> [(name: String, svg: String)] in
      guard case .chart(let chart) = part else { return [] }
      number += 1
      return Self.drawings(of: chart, number: number)
    }
  }

  /// A chart's panels, a file each.
  private static func drawings(of chart: Chart, number: Int) -> [(name: String, svg: String)] {
    let pieces = ChartFigure(chart).html().components(separatedBy: "<svg ").dropFirst()
    return pieces.enumerated().compactMap { panel, piece in
      guard let close = piece.range(of: "</svg>"), let open = piece.range(of: ">") else {
        return nil
      }
      let head = widened(piece[..<open.upperBound])
      let inside = piece[open.upperBound..<close.lowerBound]
      let name = "chart-\(number + 1)" + (panel > 0 ? "-\(panel + 1)" : "") + ".svg"
      return (
        name, "<svg class=\"chart\" \(head)<style>\(fileStyle)</style>\(inside)</svg>\n"
      )
    }
  }

  /// An SVG's beginning with room at its right edge for letters wider than those it was laid out for, and with a width:
  /// alone in a file it has no page to take one from.
  private static func widened(_ head: Substring) -> String {
    guard let box = head.firstMatch(of: /viewBox="0 0 ([0-9.]+) ([0-9.]+)"/),
      let width = Double(box.1)
    else { return String(head) }
    return String(head).replacing(
      box.0, with: "width=\"640\" viewBox=\"0 0 \(Int(width.rounded(.up)) + 24) \(box.2)\"")
  }

  /// The colours of a chart that stands alone.
  private static let fileStyle = """
    svg { --ink: #1d1c1a; --soft: #625e57; --paper: #fbfaf6; --blue: #2d5f8b; --sans: sans-serif; background: #fbfaf6; }
    @media (prefers-color-scheme: dark) {
    svg { --ink: #e4e0d8; --soft: #a29c92; --paper: #161514; --blue: #82aed6; background: #161514; } }
    \(chartStyle)
    """

  /// Lines, points and bars as the course's pages draw them.
  private static let chartStyle = """
    figure.chart { margin: 1.4rem 0; }
    .chart figcaption { margin: 0 0 0.35rem; color: var(--ink); }
    .chart text { font: 11px var(--sans); fill: var(--ink); }
    .chart text.tick, .chart text.axis-name { fill: var(--soft); font-variant-numeric: tabular-nums; }
    .chart .axis, .chart .leader { fill: none; stroke: var(--soft); stroke-width: 0.5; }
    .chart .line { fill: none; stroke: currentColor; stroke-width: 1.35; stroke-linejoin: round; stroke-linecap: round; }
    .chart .cloud { fill: none; stroke: currentColor; stroke-width: 2.4; stroke-linecap: round; }
    .chart .area { fill: currentColor; fill-opacity: 0.14; stroke: currentColor; stroke-width: 0.8; }
    .chart .point { fill: currentColor; stroke: currentColor; stroke-width: 1.2; }
    .chart .bar { fill: currentColor; fill-opacity: 0.82; }
    .chart .s1 { color: var(--ink); }
    .chart .s2 { color: var(--blue); }
    .chart .s3 { color: var(--soft); }
    .chart .line.s2 { stroke-dasharray: 5 3; }
    .chart .line.s3 { stroke-width: 1; stroke-dasharray: 0.5 2.4; }
    .chart .point.s2 { fill: var(--paper); }
    .chart .point.s3 { fill: none; stroke-width: 0.8; }
    .chart .bar.s2 { fill-opacity: 0.4; stroke: currentColor; }
    .chart .bar.s3 { fill: none; stroke: currentColor; }
    .chart text.label.s1 { fill: var(--ink); }
    .chart text.label.s2 { fill: var(--blue); }
    .chart text.label.s3 { fill: var(--soft); }
    .chart .cell { shape-rendering: crispEdges; }
    .chart .cell.above { fill: var(--ink); }
    .chart .cell.below { fill: var(--blue); }
    """
}
