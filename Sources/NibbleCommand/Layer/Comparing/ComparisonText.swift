import Foundation
import Terminal

/// A comparison as a table and a chart of characters, at most 80 columns wide.
struct ComparisonText {
  private let comparison: Comparison
  private let settings: TerminalSettings

  init(_ comparison: Comparison, settings: TerminalSettings) {
    self.comparison = comparison
    self.settings = settings
  }

  /// The lines, without their ends.
  var lines: [String] {
    let shape = comparison.shape.map(String.init).joined(separator: ", ")
    let tokens = comparison.tokens.map { ", \($0) inputs" } ?? ", no inputs"
    var lines = ["\(comparison.tensor) [\(shape)] of \(comparison.file)\(tokens)", ""]
    lines += table + [""]
    lines += ParetoPlot(comparison, width: min(80, settings.width)).lines.map {
      $0.text(usesColor: settings.usesColor)
    }
    let notes = comparison.entries.flatMap { entry in
      (entry.notes ?? []).map { "\(comparison.label(of: entry)): \($0)" }
    }
    if !notes.isEmpty { lines += ["", "Notes"] + wrapped(notes) }
    if !comparison.leftOut.isEmpty {
      lines += ["", "Left out"] + wrapped(comparison.leftOut.map(\.sentence))
    }
    return lines
  }

  private var table: [String] {
    let hasOutputs = comparison.tokens != nil
    var table = TextTable(
      "  method", "bits", "bits/w", hasOutputs ? "E" : "", hasOutputs ? "E rel." : "", "MSE", "dB",
      "s", "MiB")
    for entry in comparison.entries {
      table.add(
        (entry.onParetoFront ? "● " : "  ") + entry.method, entry.bits.map(String.init) ?? "",
        Self.figure(entry.bitsPerWeight), entry.outputError.map(Self.figure) ?? "",
        entry.relativeOutputError.map(Self.figure) ?? "", Self.figure(entry.weightMSE),
        entry.sqnr.isFinite ? String(format: "%.1f", entry.sqnr) : "\(entry.sqnr)",
        Self.figure(entry.seconds),
        entry.peakBytes.map { String(format: "%.1f", Double($0) / 0x1p20) } ?? "")
    }
    let lines = table.lines
    guard settings.usesColor else { return lines }
    return zip(lines, [false] + comparison.entries.map(\.onParetoFront)).map { line, isOnFront in
      StyledLine([Span(line, isOnFront ? .bold : .plain)]).text(usesColor: true)
    }
  }

  private func wrapped(_ sentences: [String]) -> [String] {
    sentences.flatMap { sentence in
      var lines: [String] = []
      var line = " "
      for word in sentence.split(separator: " ") {
        if line.count + 1 + word.count > min(80, settings.width), line.count > 2 {
          lines.append(line)
          line = "   "
        }
        line += " " + word
      }
      return lines + [line]
    }
  }

  /// Three significant digits.
  static func figure(_ value: Double) -> String {
    guard value.isFinite else { return "\(value)" }
    return String(format: "%.3g", value)
  }
}

extension Comparison.LeftOut {
  /// `nf4 at 2, 3 bits: stores 4 bits, not 2`.
  var sentence: String {
    let widths = (bits ?? []).map(String.init).joined(separator: ", ")
    let own = reason.hasPrefix(method + " ") ? String(reason.dropFirst(method.count + 1)) : reason
    return "\(method)\(widths.isEmpty ? "" : " at \(widths) bits"): \(own)"
  }
}
