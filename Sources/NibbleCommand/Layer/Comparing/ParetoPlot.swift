import Course
import Terminal

/// The chart of a comparison in characters: bits per weight against the error, on a scale of decades.
///
/// A method's name stands beside its point where there is room; the front's names come first. Every
/// name is in the table above in any case.
struct ParetoPlot {
  private let comparison: Comparison
  private let scales: ParetoScales
  private let columns: Int
  private let rows = 18
  private let tickWidth = 7

  /// A chart at most `width` columns wide, at least 40.
  init(_ comparison: Comparison, width: Int) {
    self.comparison = comparison
    scales = ParetoScales(comparison)
    columns = max(30, width - tickWidth - 3)
  }

  /// What stands in a cell.
  private enum Cell: Equatable {
    case empty
    case point(isOnFront: Bool)
    case letter(Character, isOnFront: Bool)
  }

  /// The lines: what is drawn, the plot, its axes.
  var lines: [StyledLine] {
    let cells = cells()
    let ticks = downTicks()
    var lines = [
      StyledLine("\(comparison.errorName), smaller is better; ● on the Pareto front", .dim)
    ]
    for row in 0..<rows {
      let tick = ticks[row] ?? ""
      let margin = String(repeating: " ", count: max(0, tickWidth - tick.count)) + tick
      var spans = [Span(margin + (tick.isEmpty ? " │" : " ┤"), .dim)]
      for cell in cells[row] {
        switch cell {
        case .empty: spans.append(Span(" "))
        case .point(let isOnFront):
          spans.append(Span(isOnFront ? "●" : "○", isOnFront ? .accent : .plain))
        case .letter(let letter, let isOnFront):
          spans.append(Span(String(letter), isOnFront ? .bold : .dim))
        }
      }
      lines.append(StyledLine(Self.joined(spans)))
    }
    let indent = String(repeating: " ", count: tickWidth + 1)
    lines.append(StyledLine(indent + "└" + String(repeating: "─", count: columns), .dim))
    lines.append(StyledLine(indent + " " + acrossTicks(), .dim))
    lines.append(StyledLine(indent + " bits per weight", .dim))
    if let outside = scales.outsideSentence { lines.append(StyledLine(outside, .dim)) }
    return lines
  }

  /// Points and the names that found room.
  private func cells() -> [[Cell]] {
    var cells = [[Cell]](
      repeating: [Cell](repeating: .empty, count: columns), count: rows)
    let places = scales.entries.map { place(of: $0) }
    // The front is drawn last, so that none of its points is covered.
    for isOnFront in [false, true] {
      for (entry, place) in zip(scales.entries, places)
      where entry.onParetoFront == isOnFront {
        cells[place.row][place.column] = .point(isOnFront: isOnFront)
      }
    }
    for isOnFront in [true, false] {
      for (entry, place) in zip(scales.entries, places)
      where entry.onParetoFront == isOnFront {
        let label = Array(comparison.label(of: entry))
        guard let start = room(for: label.count, beside: place.column, in: cells[place.row])
        else { continue }
        for (offset, letter) in label.enumerated() where letter != " " {
          cells[place.row][start + offset] = .letter(letter, isOnFront: isOnFront)
        }
        // The gap inside a name is taken too.
        for (offset, letter) in label.enumerated() where letter == " " {
          cells[place.row][start + offset] = .letter("\u{A0}", isOnFront: isOnFront)
        }
      }
    }
    return cells
  }

  /// Where a name of some length can begin, right of its point or left of it, with a gap to its
  /// neighbours.
  private func room(for length: Int, beside column: Int, in row: [Cell]) -> Int? {
    for start in [column + 2, column - 1 - length] where start >= 0 {
      guard start + length <= columns else { continue }
      let needed = max(0, start - 1)...min(columns - 1, start + length)
      if needed.allSatisfy({ $0 == column || row[$0] == .empty }) { return start }
    }
    return nil
  }

  private func place(of entry: Comparison.Entry) -> (row: Int, column: Int) {
    let (right, up) = scales.place(of: entry)
    return (
      Int(((1 - up) * Double(rows - 1)).rounded()), Int((right * Double(columns - 1)).rounded())
    )
  }

  private func downTicks() -> [Int: String] {
    let ticks = scales.down.ticks(about: 5)
    let texts = ChartNumber.labels(of: ticks, isLogarithmic: true)
    var labels: [Int: String] = [:]
    for (tick, text) in zip(ticks, texts) {
      let up = scales.down.position(of: tick) ?? 0
      labels[Int(((1 - up) * Double(rows - 1)).rounded())] = text
    }
    return labels
  }

  private func acrossTicks() -> String {
    let ticks = scales.across.ticks(about: 8)
    var line = ""
    for (tick, text) in zip(ticks, ChartNumber.labels(of: ticks, isLogarithmic: false)) {
      let center = Int(((scales.across.position(of: tick) ?? 0) * Double(columns - 1)).rounded())
      let start = min(max(0, center - text.count / 2), columns - text.count)
      guard start >= 0, line.isEmpty || start > line.count else { continue }
      line += String(repeating: " ", count: start - line.count) + text
    }
    return line
  }

  /// Neighbours in one style become one span; the gap inside a name is a space again.
  private static func joined(_ spans: [Span]) -> [Span] {
    var result: [Span] = []
    for span in spans {
      let text = span.text == "\u{A0}" ? " " : span.text
      if let last = result.last, last.style == span.style {
        result[result.count - 1] = Span(last.text + text, span.style)
      } else {
        result.append(Span(text, span.style))
      }
    }
    return result
  }
}
