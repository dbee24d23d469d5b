import Course
import StepRecords

/// Draws lines, points and histograms over two hairline axes, each series named at its end.
struct PlaneDrawing {
  private let plane: ChartLayout.Plane
  private let chart: Chart
  private let width = 440.0
  private let height = 250.0
  private let top = 26.0
  private let bottom = 212.0
  private let left: Double
  private let right: Double
  private let acrossTicks: [Double]
  private let upTicks: [Double]

  init(_ plane: ChartLayout.Plane, chart: Chart) {
    self.plane = plane
    self.chart = chart
    acrossTicks = plane.horizontal.ticks(about: 5)
    upTicks = plane.vertical.ticks(about: 4)
    let tickLabels = ChartNumber.labels(
      of: upTicks, isLogarithmic: plane.vertical.isLogarithmic)
    left = max(30, (tickLabels.map(SVGText.width).max() ?? 0) + 12)
    let labels = plane.series.map { SVGText.width(of: Self.endLabel($0)) }
    right = width - min(150, max(14, (labels.max() ?? 0) + 12))
  }

  /// The drawing.
  func svg(label: String) -> String {
    let series = plane.series.enumerated().map { index, series in
      drawing(of: series, class: ChartFigure.seriesClass(index))
    }
    return ChartFigure.svg(
      width: width, height: height, label: label, axes() + series.joined() + endLabels())
  }

  private static func endLabel(_ series: ChartLayout.Series) -> String {
    SVGText.shortened(series.label, to: 21)
  }

  private func x(_ value: Double) -> Double {
    left + (plane.horizontal.position(of: value) ?? 0) * (right - left)
  }

  private func y(_ value: Double) -> Double {
    bottom - (plane.vertical.position(of: value) ?? 0) * (bottom - top)
  }

  private func axes() -> String {
    var result = SVGText.text(chart.vertical.caption, x: 0, y: 12, class: "axis-name")
    result += SVGText.text(
      chart.horizontal.caption, x: right, y: height - 6, anchor: "end", class: "axis-name")
    var lines = "M\(coordinate(left)) \(coordinate(top))V\(coordinate(bottom))H\(coordinate(right))"
    let upLabels = ChartNumber.labels(of: upTicks, isLogarithmic: plane.vertical.isLogarithmic)
    for (tick, label) in zip(upTicks, upLabels) {
      lines += "M\(coordinate(left - 4)) \(coordinate(y(tick)))h4"
      result += SVGText.text(label, x: left - 7, y: y(tick) + 4, anchor: "end", class: "tick")
    }
    let acrossLabels = ChartNumber.labels(
      of: acrossTicks, isLogarithmic: plane.horizontal.isLogarithmic)
    for (tick, label) in zip(acrossTicks, acrossLabels) {
      lines += "M\(coordinate(x(tick))) \(coordinate(bottom))v4"
      result += SVGText.text(
        label, x: x(tick), y: bottom + 17, anchor: "middle", class: "tick")
    }
    return SVGText.path(lines, class: "axis") + result
  }

  private func drawing(of series: ChartLayout.Series, class name: String) -> String {
    switch series.form {
    case .line:
      SVGText.path(linePath(series.points), class: "line \(name)")
    case .points:
      pointMarks(series.points, class: name)
    case .columns(let end):
      SVGText.path(columnPath(series.points, end: end), class: "area \(name)")
    }
  }

  private func linePath(_ points: [ChartLayout.Point?]) -> String {
    var path = ""
    var isPenDown = false
    for point in thinned(points) {
      guard let point else {
        isPenDown = false
        continue
      }
      path += "\(isPenDown ? "L" : "M")\(coordinate(x(point.x))) \(coordinate(y(point.y)))"
      // A point between two gaps still leaves a dot, for the line's caps are round.
      if !isPenDown { path += "h0" }
      isPenDown = true
    }
    return path
  }

  /// A long line keeps the lowest and the highest of each stretch: what a screen can show of it.
  private func thinned(_ points: [ChartLayout.Point?]) -> [ChartLayout.Point?] {
    let limit = 1600
    guard points.count > limit else { return points }
    let stretches = limit / 2
    return (0..<stretches).flatMap { stretch -> [ChartLayout.Point?] in
      let range = (stretch * points.count / stretches)..<((stretch + 1) * points.count / stretches)
      let placed = range.filter { points[$0] != nil }
      guard let lowest = placed.min(by: { (points[$0]?.y ?? 0) < (points[$1]?.y ?? 0) }),
        let highest = placed.max(by: { (points[$0]?.y ?? 0) < (points[$1]?.y ?? 0) })
      else { return [nil] }
      return [points[min(lowest, highest)], points[max(lowest, highest)]]
    }
  }

  private func pointMarks(_ points: [ChartLayout.Point?], class name: String) -> String {
    var seen: Set<String> = []
    let places = points.compactMap(\.self).map { point in
      (x: coordinate(x(point.x)), y: coordinate(y(point.y)))
    }.filter { seen.insert("\($0.x) \($0.y)").inserted }
    guard places.count > 300 else {
      return places.map { place in
        "<circle class=\"point \(name)\" cx=\"\(place.x)\" cy=\"\(place.y)\" r=\"3\"/>\n"
      }.joined()
    }
    return SVGText.path(
      places.map { "M\($0.x) \($0.y)h0" }.joined(), class: "cloud \(name)")
  }

  private func columnPath(_ points: [ChartLayout.Point?], end: Double) -> String {
    // Edges of columns without a height (zero counts on a logarithmic axis) are those of their
    // neighbours, so a gap simply draws nothing.
    var path = ""
    for (index, point) in points.enumerated() {
      guard let point else { continue }
      let next = points[(index + 1)...].lazy.compactMap(\.self).first?.x
      let isLast = index + 1 == points.count
      let edge = isLast ? end : points[index + 1]?.x ?? next ?? end
      path += "M\(coordinate(x(point.x))) \(coordinate(bottom))V\(coordinate(y(point.y)))"
      path += "H\(coordinate(x(edge)))V\(coordinate(bottom))"
    }
    return path
  }

  /// Every series' name beside its last point, pushed apart where they would touch.
  private func endLabels() -> String {
    var labels: [(text: String, y: Double, class: String)] = []
    for (index, series) in plane.series.enumerated() {
      guard !series.label.isEmpty, let last = anchorPoint(of: series) else { continue }
      labels.append((Self.endLabel(series), y(last.y), ChartFigure.seriesClass(index)))
    }
    labels.sort { $0.y < $1.y }
    let gap = 15.0
    for index in labels.indices.dropFirst() {
      labels[index].y = max(labels[index].y, labels[index - 1].y + gap)
    }
    if let last = labels.last, last.y > bottom {
      labels[labels.count - 1].y = bottom
      for index in labels.indices.dropLast().reversed() {
        labels[index].y = min(labels[index].y, labels[index + 1].y - gap)
      }
    }
    return labels.map { label in
      SVGText.text(label.text, x: right + 8, y: label.y + 4, class: "label \(label.class)")
    }.joined()
  }

  /// Where a series is named: its last point, or a histogram's highest column.
  private func anchorPoint(of series: ChartLayout.Series) -> ChartLayout.Point? {
    let points = series.points.compactMap(\.self)
    switch series.form {
    case .line, .points: return points.last
    case .columns: return points.max { $0.y < $1.y }
    }
  }

  private func coordinate(_ value: Double) -> String { SVGText.coordinate(value) }
}
