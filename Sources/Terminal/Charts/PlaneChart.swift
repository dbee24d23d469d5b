import Course
import StepRecords

/// Lines, points and histograms over two axes, drawn with characters.
struct PlaneChart {
  private let plane: ChartLayout.Plane
  private let chart: Chart
  private let width: Int
  private let rows = 10
  private let tickLabels: [(row: Int, text: String)]
  private let tickWidth: Int
  private let labelWidth: Int

  init(_ plane: ChartLayout.Plane, chart: Chart, width: Int) {
    self.plane = plane
    self.chart = chart
    self.width = width
    let ticks = plane.vertical.ticks(about: 4)
    let texts = ChartNumber.labels(of: ticks, isLogarithmic: plane.vertical.isLogarithmic)
    let rows = self.rows
    var labels: [(row: Int, text: String)] = []
    for (tick, text) in zip(ticks, texts) {
      let place = plane.vertical.position(of: tick) ?? 0
      let row = min(rows - 1, max(0, Int(((1 - place) * Double(rows - 1)).rounded())))
      if !labels.contains(where: { $0.row == row }) { labels.append((row, text)) }
    }
    tickLabels = labels
    tickWidth = min(labels.map { DisplayWidth.of($0.text) }.max() ?? 1, width / 4)
    labelWidth = min(plane.series.map { DisplayWidth.of($0.label) }.max() ?? 0, width / 4)
  }

  private var columns: Int {
    max(1, width - tickWidth - 2 - (labelWidth > 0 ? labelWidth + 1 : 0))
  }

  /// The lines: vertical caption, plot, axis, ticks, horizontal caption.
  func lines() -> [StyledLine] {
    let caption = chart.vertical.caption
    var lines = caption.isEmpty ? [] : [StyledLine(caption.fitted(to: width), .dim)]
    let names = names()
    for (row, drawn) in plot().enumerated() {
      let tick = tickLabels.first { $0.row == row }
      let text = (tick?.text ?? "").fitted(to: tickWidth).padded(to: tickWidth, isRight: true)
      var spans = [Span(text + (tick == nil ? " │" : " ┤"), .dim)] + drawn.spans
      if let name = names[row] {
        spans.append(Span(String(repeating: " ", count: max(1, columns + 1 - drawn.width))))
        let label = plane.series[name].label.fitted(to: labelWidth)
        spans.append(Span(label, TerminalChart.style(name)))
      }
      lines.append(StyledLine(spans))
    }
    let indent = String(repeating: " ", count: tickWidth + 1)
    lines.append(StyledLine(indent + "└" + String(repeating: "─", count: columns), .dim))
    lines.append(StyledLine(indent + " " + acrossTicks(), .dim))
    let horizontal = chart.horizontal.caption
    if !horizontal.isEmpty {
      lines.append(StyledLine((indent + " " + horizontal).fitted(to: width), .dim))
    }
    return lines
  }

  /// The tick labels under the axis, those that do not touch their left neighbour.
  private func acrossTicks() -> String {
    let ticks = plane.horizontal.ticks(about: 4)
    let texts = ChartNumber.labels(of: ticks, isLogarithmic: plane.horizontal.isLogarithmic)
    var line = ""
    for (tick, text) in zip(ticks, texts) {
      let place = plane.horizontal.position(of: tick) ?? 0
      let center = Int((place * Double(columns - 1)).rounded())
      let size = DisplayWidth.of(text)
      let start = min(max(0, center - size / 2), columns - size)
      guard start >= 0, line.isEmpty || start > line.count else { continue }
      line += String(repeating: " ", count: start - line.count) + text
    }
    return line
  }

  private func plot() -> [StyledLine] {
    if plane.series.count == 1, case .columns(let end)? = plane.series.first?.form {
      return blocks(plane.series[0].points, end: end)
    }
    var canvas = BrailleCanvas(columns: columns, rows: rows)
    for (index, series) in plane.series.enumerated() { draw(series, index: index, on: &canvas) }
    return canvas.lines(styles: TerminalChart.style)
  }

  private func draw(_ series: ChartLayout.Series, index: Int, on canvas: inout BrailleCanvas) {
    let across = Double(canvas.dotsAcross - 1)
    let down = Double(canvas.dotsDown - 1)
    func dot(_ x: Double, _ y: Double) -> (x: Int, y: Int) {
      let right = (plane.horizontal.position(of: x) ?? 0) * across
      let up = (plane.vertical.position(of: y) ?? 0) * down
      return (Int(right.rounded()), Int((down - up).rounded()))
    }
    let dash: (on: Int, off: Int)? = index == 0 ? nil : index == 1 ? (4, 3) : (1, 2)
    switch series.form {
    case .points:
      for point in series.points.compactMap(\.self) {
        let place = dot(point.x, point.y)
        canvas.set(x: place.x, y: place.y, series: index)
        // A lone dot is hard to see: a point is a small cross, the second series' a small bar.
        canvas.set(x: place.x + 1, y: place.y, series: index)
        if index == 0 { canvas.set(x: place.x, y: place.y - 1, series: index) }
      }
    case .line:
      var previous: (x: Int, y: Int)?
      for point in series.points {
        let place = point.map { dot($0.x, $0.y) }
        if let place {
          canvas.line(from: previous ?? place, to: place, series: index, dash: dash)
        }
        previous = place
      }
    case .columns(let end):
      let floor = plane.vertical.lowest
      for (position, point) in series.points.enumerated() {
        guard let point else { continue }
        let isLast = position + 1 == series.points.count
        let edge = isLast ? end : series.points[position + 1]?.x ?? end
        let corners = [
          dot(point.x, floor), dot(point.x, point.y), dot(edge, point.y), dot(edge, floor),
        ]
        for (start, stop) in zip(corners, corners.dropFirst()) {
          canvas.line(from: start, to: stop, series: index, dash: dash)
        }
      }
    }
  }

  /// A histogram alone: columns of eighth-blocks; where bins are finer than columns, the highest wins.
  private func blocks(_ points: [ChartLayout.Point?], end: Double) -> [StyledLine] {
    var eighths = Array(repeating: 0, count: columns)
    for (index, point) in points.enumerated() {
      guard let point, let left = plane.horizontal.position(of: point.x) else { continue }
      let edge = index + 1 < points.count ? points[index + 1]?.x ?? end : end
      let right = plane.horizontal.position(of: edge) ?? 1
      let height = (plane.vertical.position(of: point.y) ?? 0) * Double(rows * 8)
      let first = min(columns - 1, Int((left * Double(columns)).rounded()))
      let last = max(first + 1, min(columns, Int((right * Double(columns)).rounded())))
      // A count above zero is never invisible.
      let tall = max(point.y > 0 ? 1 : 0, Int(height.rounded()))
      for column in first..<last { eighths[column] = max(eighths[column], tall) }
    }
    let parts: [Character] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
    return (0..<rows).map { row in
      let base = (rows - 1 - row) * 8
      return StyledLine(String(eighths.map { parts[max(0, min(8, $0 - base))] }))
    }
  }

  /// Which series is named in which row: near its last point, or its highest column.
  private func names() -> [Int: Int] {
    guard labelWidth > 0 else { return [:] }
    var names: [Int: Int] = [:]
    for (index, series) in plane.series.enumerated() where !series.label.isEmpty {
      let points = series.points.compactMap(\.self)
      let last: ChartLayout.Point?
      if case .columns = series.form {
        last = points.max { $0.y < $1.y }
      } else {
        last = points.last
      }
      guard let last, let place = plane.vertical.position(of: last.y) else { continue }
      let wanted = min(rows - 1, max(0, Int(((1 - place) * Double(rows - 1)).rounded())))
      let nearest = (0..<rows).sorted { abs($0 - wanted) < abs($1 - wanted) }
      if let free = nearest.first(where: { names[$0] == nil }) { names[free] = index }
    }
    return names
  }
}
