import Course
import StepRecords

/// Draws bars lying on their side: names at the left read without turning the head, values at the ends.
struct BarDrawing {
  private let bars: ChartLayout.Bars
  private let chart: Chart
  private let width = 400.0
  private let thickness = 15.0
  private let top = 26.0

  init(_ bars: ChartLayout.Bars, chart: Chart) {
    self.bars = bars
    self.chart = chart
  }

  /// The drawing.
  func svg(label: String) -> String {
    let names = bars.categories.map { SVGText.shortened($0, to: 24) }
    let left = min(150, max(40, (names.map(SVGText.width).max() ?? 0) + 10))
    let ends = bars.series.indices.flatMap { series in
      bars.categories.indices.map { SVGText.width(of: endText(series: series, category: $0)) }
    }
    let right = width - min(160, (ends.max() ?? 0) + 8)
    func x(_ value: Double) -> Double {
      left + (bars.scale.position(of: value) ?? 0) * (right - left)
    }
    let base = bars.scale.isLogarithmic ? left : x(0)
    let group = thickness * Double(bars.series.count) + 9
    let bottom = top + group * Double(bars.categories.count)
    var result = SVGText.text(chart.vertical.caption, x: 0, y: 12, class: "axis-name")
    for (category, name) in names.enumerated() {
      let start = top + group * Double(category)
      result += SVGText.text(
        name, x: left - 6, y: start + thickness / 2 + 4, anchor: "end", class: "tick")
      for series in bars.series.indices {
        let y = start + thickness * Double(series)
        let text = endText(series: series, category: category)
        guard let height = bars.series[series].heights[category],
          bars.scale.position(of: height) != nil
        else {
          result += SVGText.text(text, x: base + 5, y: y + thickness / 2 + 4, class: "label")
          continue
        }
        let place = x(height)
        result +=
          "<rect class=\"bar \(ChartFigure.seriesClass(series))\""
          + " x=\"\(coordinate(min(base, place)))\""
          + " y=\"\(coordinate(y))\" width=\"\(coordinate(max(abs(place - base), 0.5)))\""
          + " height=\"\(coordinate(thickness - 3))\"/>\n"
        result += SVGText.text(
          text, x: max(base, place) + 5, y: y + thickness / 2 + 3, class: "label")
      }
    }
    let axis = "M\(coordinate(base)) \(coordinate(top - 4))V\(coordinate(bottom - 4))"
    result += SVGText.path(axis, class: "axis")
    let caption = chart.horizontal.caption
    if !caption.isEmpty {
      let fits = SVGText.width(of: caption) <= left - 6
      result += SVGText.text(
        caption, x: fits ? left - 6 : 0, y: bottom + 12, anchor: fits ? "end" : "start",
        class: "axis-name")
    }
    return ChartFigure.svg(
      width: width, height: bottom + (caption.isEmpty ? 2 : 18), label: label, result)
  }

  /// The value, and in the first category the series' name where there are several.
  private func endText(series: Int, category: Int) -> String {
    let value = bars.series[series].heights[category].map { ChartNumber.text($0) } ?? "none"
    guard bars.series.count > 1, category == 0 else { return value }
    return value + "  " + SVGText.shortened(bars.series[series].label, to: 18)
  }

  private func coordinate(_ value: Double) -> String { SVGText.coordinate(value) }
}
