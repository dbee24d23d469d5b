import Course
package import StepRecords

/// Draws a chart with characters, at most 60 columns wide, every series named directly.
///
/// Braille for lines and points, eighth-blocks for bars and histograms, shades for grids.
package struct TerminalChart {
  private let chart: Chart
  private let layout: ChartLayout
  private let width: Int

  /// A chart for a place that is `width` columns wide.
  package init(_ chart: Chart, width: Int) {
    self.chart = chart
    self.width = max(8, min(60, width))
    layout = ChartLayout(chart)
  }

  /// The lines, the title first and the sentence that says it all last.
  package func lines() -> [StyledLine] {
    let wrapper = LineWrapper(width: width)
    var lines = chart.title.isEmpty ? [] : wrapper.lines([Span(chart.title, .bold)])
    if layout.panels.isEmpty {
      lines.append(StyledLine("No finite value to draw.".fitted(to: width)))
    }
    for panel in layout.panels {
      switch panel {
      case .plane(let plane): lines += PlaneChart(plane, chart: chart, width: width).lines()
      case .bars(let bars): lines += self.bars(bars)
      case .heat(let heat): lines += self.heat(heat)
      }
    }
    if !chart.alternative.isEmpty {
      lines += wrapper.lines([Span(chart.alternative, .dim)])
    }
    return lines
  }

  /// The style of a series: ink, then the second hue, then dim.
  static func style(_ series: Int) -> TextStyle {
    series == 0 ? .plain : series == 1 ? .literal : .dim
  }

  private func bars(_ bars: ChartLayout.Bars) -> [StyledLine] {
    let caption = chart.vertical.caption
    var lines = caption.isEmpty ? [] : [StyledLine(caption.fitted(to: width), .dim)]
    let nameWidth = min(
      max(6, width / 3), bars.categories.map { DisplayWidth.of($0) }.max() ?? 1)
    let isSeveral = bars.series.count > 1
    func end(_ series: Int, _ category: Int) -> String {
      let value = bars.series[series].heights[category].map { ChartNumber.text($0) } ?? "none"
      guard isSeveral, category == 0 else { return value }
      return value + " " + bars.series[series].label.fitted(to: 14)
    }
    let endWidth =
      bars.series.indices.flatMap { series in
        bars.categories.indices.map { DisplayWidth.of(end(series, $0)) }
      }.max() ?? 0
    let room = max(4, width - nameWidth - 2 - endWidth)
    for (category, name) in bars.categories.enumerated() {
      for series in bars.series.indices {
        let label = series == 0 ? name.fitted(to: nameWidth) : ""
        let bar = Self.bar(
          bars.series[series].heights[category], scale: bars.scale, columns: room)
        let start = Span(label.padded(to: nameWidth, isRight: true) + " ", .dim)
        let text = (bar + " " + end(series, category)).fitted(to: width - nameWidth - 1)
        lines.append(StyledLine([start, Span(text, Self.style(series))]))
      }
    }
    let horizontal = chart.horizontal.caption
    return horizontal.isEmpty
      ? lines : lines + [StyledLine(horizontal.fitted(to: width), .dim)]
  }

  /// A bar in eighths of a column from where zero stands to the value.
  private static func bar(_ value: Double?, scale: ChartScale, columns: Int) -> String {
    guard let value, let place = scale.position(of: value) else { return "" }
    let zero = scale.isLogarithmic ? 0 : scale.position(of: 0) ?? 0
    let eighths = columns * 8
    let first = Int((min(zero, place) * Double(eighths)).rounded())
    let last = max(first + 1, Int((max(zero, place) * Double(eighths)).rounded()))
    let parts: [Character] = [" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"]
    // A bar left of zero starts at a whole column: blocks fill from the left only.
    let start = first / 8
    let length = last - start * 8
    return String(repeating: " ", count: start) + String(repeating: "█", count: length / 8)
      + (length % 8 == 0 ? "" : String(parts[length % 8]))
  }

  private func heat(_ heat: ChartLayout.Heat) -> [StyledLine] {
    let heat = heat.reduced(rows: 24, columns: width / 2)
    let shades: [Character] = [" ", "░", "▒", "▓", "█"]
    let isSigned = heat.lowest < 0 && heat.highest > 0
    var lines =
      chart.vertical.caption.isEmpty
      ? [] : [StyledLine(chart.vertical.caption.fitted(to: width), .dim)]
    for row in heat.rows {
      let text = row.map { value -> String in
        guard let shade = heat.shade(of: value) else { return "??" }
        let block = shades[min(4, Int((abs(shade) * 4).rounded()))]
        return block == " " ? "  " : String(block) + (shade < 0 ? "-" : String(block))
      }
      lines.append(StyledLine(text.joined()))
    }
    let ends = "\(ChartNumber.text(heat.lowest)) … \(ChartNumber.text(heat.highest))"
    let key = isSigned ? "\(ends), darker is farther from 0, - is below" : "\(ends), darker is more"
    if !chart.horizontal.caption.isEmpty {
      lines.append(StyledLine(chart.horizontal.caption.fitted(to: width), .dim))
    }
    let name = heat.label.isEmpty ? "" : heat.label + ": "
    return lines + LineWrapper(width: width).lines([Span(name + key, .dim)])
  }
}
