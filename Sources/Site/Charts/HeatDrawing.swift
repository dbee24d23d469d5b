import Course
import StepRecords

/// Draws a grid of values in shades of ink; where values have both signs, the negative ones in blue.
struct HeatDrawing {
  private let heat: ChartLayout.Heat
  private let chart: Chart
  private let levels = 12

  init(_ heat: ChartLayout.Heat, chart: Chart) {
    self.heat = heat.reduced(rows: 128, columns: 128)
    self.chart = chart
  }

  /// The drawing.
  func svg(label: String) -> String {
    let rows = heat.rows.count
    let columns = max(heat.rows.first?.count ?? 0, 1)
    let cell = min(24, 398 / Double(columns), 320 / Double(rows))
    let top = 24.0
    let width = 400.0
    let bottom = top + cell * Double(rows)
    // One path a shade, not one rectangle a cell: a large grid stays a small page.
    var paths: [Int: String] = [:]
    for (row, values) in heat.rows.enumerated() {
      for (column, value) in values.enumerated() {
        guard let shade = heat.shade(of: value) else { continue }
        let level = Int((shade * Double(levels)).rounded())
        guard level != 0 else { continue }
        let x = SVGText.coordinate(1 + cell * Double(column))
        let y = SVGText.coordinate(top + cell * Double(row))
        let side = SVGText.coordinate(cell)
        paths[level, default: ""] += "M\(x) \(y)h\(side)v\(side)h-\(side)z"
      }
    }
    var result = SVGText.text(chart.vertical.caption, x: 0, y: 12, class: "axis-name")
    for level in paths.keys.sorted() {
      let sign = level < 0 ? "below" : "above"
      let opacity = SVGText.hundredths(Double(abs(level)) / Double(levels))
      result +=
        "<path class=\"cell \(sign)\" fill-opacity=\"\(opacity)\" d=\"\(paths[level] ?? "")\"/>\n"
    }
    let frame = SVGText.coordinate(cell * Double(columns))
    let height = SVGText.coordinate(bottom - top)
    result += SVGText.path(
      "M1 \(SVGText.coordinate(top))h\(frame)v\(height)h-\(frame)z", class: "axis")
    result += SVGText.text(
      chart.horizontal.caption, x: 0, y: bottom + 16, class: "axis-name")
    result += SVGText.text(range, x: 0, y: bottom + 32, class: "label")
    return ChartFigure.svg(width: width, height: bottom + 38, label: label, result)
  }

  /// What the faintest and the strongest stand for: which is light depends on the page.
  private var range: String {
    let lowest = ChartNumber.text(heat.lowest)
    let highest = ChartNumber.text(heat.highest)
    let name = heat.label.isEmpty ? "" : SVGText.shortened(heat.label, to: 24) + ": "
    return heat.lowest < 0 && heat.highest > 0
      ? "\(name)\(lowest) blue, 0 paper, \(highest) ink"
      : "\(name)\(lowest) faintest, \(highest) strongest"
  }
}
