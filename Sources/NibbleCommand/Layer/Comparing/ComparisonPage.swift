import Foundation
import Site

/// A comparison as one page: no network, no script, light and dark as the reader's system wants it.
struct ComparisonPage {
  private let comparison: Comparison

  init(_ comparison: Comparison) {
    self.comparison = comparison
  }

  /// The whole document.
  var html: String {
    let name = comparison.file.lastPathName
    let title = HTMLText.escaped("\(comparison.tensor) of \(name), compared")
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>\(title)</title>
      <style>
      \(Self.style)
      </style>
      </head>
      <body>
      <main>
      <header>
      <p class="over">\(HTMLText.escaped(name))</p>
      <h1>\(heading)</h1>
      <p class="question">\(HTMLText.escaped(question))</p>
      </header>
      <figure>
      \(ParetoDrawing(comparison, width: 680, height: 430).svg(class: "wide"))\
      \(ParetoDrawing(comparison, width: 340, height: 460).svg(class: "narrow"))\
      <figcaption>Lower is better, and so is further left. Filled points are the Pareto front: nothing \
      else here has both fewer bits per weight and a smaller error. A name that finds no room is in the \
      table.\(outside)</figcaption>
      </figure>
      <div class="table" tabindex="0" role="region" aria-label="All results">
      \(table)</div>
      \(notes)\(leftOut)<h2>How it was measured</h2>
      <p>\(measured)</p>
      </main>
      </body>
      </html>

      """
  }

  private var outside: String {
    ParetoScales(comparison).outsideSentence.map { " " + HTMLText.escaped($0) + "." } ?? ""
  }

  private var heading: String {
    let methods = Set(comparison.entries.map(\.method)).count
    let words = methods == 1 ? "one method" : "\(methods) methods"
    return "One layer, \(words)"
  }

  private var question: String {
    let shape = comparison.shape.map(String.init).joined(separator: " × ")
    let inputs = comparison.tokens.map { "\($0) inputs it has seen" } ?? "no inputs"
    return "\(comparison.tensor), \(shape), with \(inputs)."
  }

  private var measured: String {
    let outputs =
      comparison.tokens == nil
      ? "There were no inputs, so nothing is said about the layer's output. "
      : "E is ‖WX − ŴX‖² on the inputs of the file, the ones a method with data has seen. "
    return outputs
      + "Bits per weight count scales and zero points. Seconds are of one run, sums over the inputs "
      + "included. Memory is how far the resident memory of the process rose over what it was when the "
      + "method began: its working memory and its result, not the layer itself."
  }

  private var table: String {
    let hasOutputs = comparison.tokens != nil
    let head =
      ["Method", "bits", "bits per weight"] + (hasOutputs ? ["E", "E relative"] : [])
      + ["weight error", "SQNR, dB", "seconds", "memory, MiB"]
    let rows = comparison.entries.map { entry in
      let name =
        (entry.onParetoFront
          ? "<span class=\"mark\" role=\"img\" aria-label=\"on the Pareto front\">●</span> " : "")
        + HTMLText.escaped(entry.method)
      let outputs = hasOutputs ? [entry.outputError, entry.relativeOutputError] : []
      let cells =
        [entry.bits.map(String.init) ?? "", ComparisonText.figure(entry.bitsPerWeight)]
        + outputs.map { $0.map(ComparisonText.figure) ?? "" }
        + [
          ComparisonText.figure(entry.weightMSE),
          entry.sqnr.isFinite ? String(format: "%.1f", entry.sqnr) : "∞",
          ComparisonText.figure(entry.seconds),
          entry.peakBytes.map { String(format: "%.1f", Double($0) / 0x1p20) } ?? "",
        ]
      return "<tr\(entry.onParetoFront ? " class=\"best\"" : "")><th scope=\"row\">\(name)</th>"
        + cells.map { "<td>\($0)</td>" }.joined() + "</tr>\n"
    }
    return "<table>\n<thead><tr>" + head.map { "<th scope=\"col\">\($0)</th>" }.joined()
      + "</tr></thead>\n<tbody>\n" + rows.joined() + "</tbody>\n</table>\n"
  }

  private var notes: String {
    let notes = comparison.notes
    return notes.isEmpty ? "" : "<h2>Notes</h2>\n" + Self.list(notes)
  }

  private var leftOut: String {
    comparison.leftOut.isEmpty
      ? "" : "<h2>Left out</h2>\n" + Self.list(comparison.leftOutSentences)
  }

  private static func list(_ sentences: [String]) -> String {
    "<ul>\n" + sentences.map { "<li>\(HTMLText.escaped($0))</li>\n" }.joined() + "</ul>\n"
  }

  /// The measures and colours of the course's pages.
  static let style = """
    :root {
      color-scheme: light dark;
      --paper: light-dark(#fbfaf6, #161514);
      --shade: light-dark(#f3f1ea, #1f1d1b);
      --ink: light-dark(#1d1c1a, #e4e0d8);
      --soft: light-dark(#625e57, #a29c92);
      --hairline: light-dark(#d8d4ca, #3a3733);
      --accent: light-dark(#b03722, #f0745c);
      --serif: Charter, "Bitstream Charter", "Charis SIL", "Iowan Old Style", Palatino, P052, Georgia, serif;
      --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
      --mono: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace;
    }
    * { box-sizing: border-box; }
    html { font-size: 112.5%; line-height: 1.55; -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
    body { margin: 0; padding: 0 1.1rem 5rem; background: var(--paper); color: var(--ink);
      font-family: var(--serif); font-variant-numeric: lining-nums; overflow-wrap: break-word; }
    main { max-width: 44rem; margin-inline: auto; }
    header { margin: 2.8rem 0 2rem; }
    h1 { font-weight: 400; font-size: clamp(2rem, 1.5rem + 2.4vw, 2.7rem); line-height: 1.2;
      letter-spacing: -0.012em; margin: 0; }
    h2 { font-weight: 400; font-size: 1.4rem; line-height: 1.2; margin: 2.4rem 0 0.7rem; }
    p { margin: 0 0 1rem; text-wrap: pretty; }
    .over, figcaption { font-family: var(--sans); font-size: 0.76rem; line-height: 1.5; color: var(--soft); }
    .over { margin: 0 0 0.5rem; }
    .question { font-size: 1.2rem; line-height: 1.4; font-style: italic; color: var(--soft); margin: 0.7rem 0 0; }
    figure { margin: 0 0 2rem; }
    figcaption { margin-top: 0.6rem; }
    svg { display: block; width: 100%; height: auto; }
    svg text { font: 11px var(--mono); fill: var(--soft); }
    svg text.tick { font-family: var(--sans); font-variant-numeric: tabular-nums; }
    svg text.name { paint-order: stroke; stroke: var(--paper); stroke-width: 3px; stroke-linejoin: round; }
    svg text.best { fill: var(--ink); }
    svg .axis, svg .leader { fill: none; stroke: var(--soft); stroke-width: 0.5; }
    svg .front { fill: none; stroke: var(--accent); stroke-width: 1; }
    svg circle.best { fill: var(--accent); stroke: var(--accent); }
    svg circle.other { fill: var(--paper); stroke: var(--ink); }
    .narrow { display: none; }
    @media (max-width: 36rem) { .wide { display: none; } .narrow { display: block; } }
    .table { overflow-x: auto; }
    .table:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
    table { border-collapse: collapse; font-size: 0.84rem; line-height: 1.4;
      font-variant-numeric: lining-nums tabular-nums; width: 100%; }
    th, td { padding: 0.28rem 0.5rem; text-align: right; white-space: nowrap; font-weight: 400; border-bottom: 1px solid var(--hairline); }
    thead th { white-space: normal; font-family: var(--sans); font-size: 0.7rem; color: var(--soft); vertical-align: bottom;
      border-bottom-color: var(--ink); }
    th:first-child { text-align: left; white-space: nowrap; padding-left: 0; }
    tbody th { font-family: var(--mono); font-size: 0.78rem; padding-left: 1.1rem; }
    tbody th:first-child { padding-left: 1.1rem; }
    tbody .best th:first-child { padding-left: 0; }
    .mark { display: inline-block; width: 1.1rem; margin-right: -0.5em; color: var(--accent); }
    ul { margin: 0 0 1rem; padding-left: 1.2rem; }
    li { font-size: 0.9rem; margin-bottom: 0.3rem; }
    @media print { html { font-size: 10pt; } body { background: #fff; color: #000; } }
    """
}
