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
    let notes = comparison.notes
    if !notes.isEmpty { lines += ["", "Notes"] + wrapped(notes) }
    if !comparison.leftOut.isEmpty {
      lines += ["", "Left out"] + wrapped(comparison.leftOutSentences)
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
        String(format: "%.2g", entry.seconds),
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

  /// Three significant digits, in at most seven characters: `26500`, `0.0374`, `5.47e-4`.
  static func figure(_ value: Double) -> String {
    guard value.isFinite else { return "\(value)" }
    guard value != 0 else { return "0" }
    if (1000..<999_999.5).contains(value) {
      let unit = pow(10, log10(value).rounded(.down) - 2)
      return String(format: "%.0f", (value / unit).rounded() * unit)
    }
    if (0.001..<1000).contains(value) { return String(format: "%.3g", value) }
    let parts = String(format: "%.2e", value).split(separator: "e")
    return "\(parts[0])e\(Int(parts[1]) ?? 0)"
  }
}

extension Comparison {
  /// What was left out and why, the same reason once, however many methods share it.
  var leftOutSentences: [String] {
    var order: [String] = []
    var names: [String: [String]] = [:]
    for entry in leftOut {
      let reason = entry.ownReason
      if names[reason] == nil { order.append(reason) }
      names[reason, default: []].append(entry.named)
    }
    return order.map { (names[$0] ?? []).joined(separator: ", ") + ": " + $0 }
  }
}

extension Comparison.LeftOut {
  /// `nf4 at 2, 3 bits`.
  var named: String {
    let widths = (bits ?? []).map(String.init).joined(separator: ", ")
    return widths.isEmpty ? method : "\(method) at \(widths) bits"
  }

  /// `stores 4 bits, not 2`.
  var ownReason: String {
    for prefix in [method + " ", method.replacingOccurrences(of: "gguf:", with: "") + " "]
    where reason.hasPrefix(prefix) {
      return String(reason.dropFirst(prefix.count))
    }
    return reason
  }
}
