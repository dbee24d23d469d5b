import Course
import StepRecords

/// Draws lines, points and histograms over two hairline axes, each series named at its end.
///
/// The axes stand a little away from the data and are as long as the data's range: a line that runs
/// along its smallest value is never hidden by an axis.
struct PlaneDrawing {
  private let plane: ChartLayout.Plane
  private let chart: Chart
  private let width = 400.0
  private let height = 236.0
  private let top = 28.0
  private let bottom = 192.0
  private let away = 7.0
  private let left: Double
  private let acrossTicks: [Double]
  private let upTicks: [Double]
  private var right: Double
  private var labels: [PlaneLabels.Label] = []

  init(_ plane: ChartLayout.Plane, chart: Chart) {
    self.plane = plane
    self.chart = chart
    acrossTicks = plane.horizontal.ticks(about: 5)
    upTicks = plane.vertical.ticks(about: 4)
    let tickLabels = ChartNumber.labels(
      of: upTicks, isLogarithmic: plane.vertical.isLogarithmic)
    left = max(24, (tickLabels.map(SVGText.width).max() ?? 0) + 10) + away
    right = width - 12
    placeLabels()
  }

  /// Finds room for the names; a name that finds none inside makes the gutter wider, and all try again.
  private mutating func placeLabels() {
    var gutter = Set(
      plane.series.indices.filter { index in
        guard let end = Self.end(of: plane.series[index]),
          let place = plane.horizontal.position(of: end.x)
        else { return false }
        return place > 0.94
      })
    for _ in 0...plane.series.count {
      let names = gutter.map { SVGText.width(of: Self.name(plane.series[$0])) }
      right = width - min(150, max(12, (names.max() ?? 0) + 12))
      let placed = PlaneLabels(
        drawnSeries,
        plot: PlaneLabels.Box(left: left, top: top, right: right, bottom: bottom + away),
        gutter: gutter,
        taken: [
          PlaneLabels.Box(
            left: 0, top: 0, right: SVGText.width(of: chart.vertical.caption), bottom: 16)
        ])
      labels = placed.labels
      guard placed.inGutter != gutter else { return }
      gutter = placed.inGutter
    }
  }

  /// The drawing.
  func svg(label: String) -> String {
    let series = plane.series.enumerated().map { index, series in
      drawing(of: series, class: ChartFigure.seriesClass(index))
    }
    return ChartFigure.svg(
      width: width, height: height, label: label, axes() + series.joined() + names())
  }

  private static func name(_ series: ChartLayout.Series) -> String {
    SVGText.shortened(series.label, to: 22)
  }

  /// Where a series is named: the point furthest right, or a histogram's highest column.
  private static func end(of series: ChartLayout.Series) -> ChartLayout.Point? {
    let points = series.points.compactMap(\.self)
    switch series.form {
    case .line, .points:
      guard let furthest = points.map(\.x).max() else { return nil }
      return points.last { $0.x == furthest }
    case .columns: return points.max { $0.y < $1.y }
    }
  }

  private var drawnSeries: [PlaneLabels.Series] {
    plane.series.map { series in
      guard let end = Self.end(of: series) else {
        return PlaneLabels.Series(name: "", end: (0, 0), lines: [])
      }
      return PlaneLabels.Series(
        name: Self.name(series), end: (x(end.x), y(end.y)), lines: lines(of: series))
    }
  }

  /// What a series covers, as polylines; points are lines of one point.
  private func lines(of series: ChartLayout.Series) -> [[(x: Double, y: Double)]] {
    switch series.form {
    case .line:
      return thinned(series.points).split(separator: nil).map { run in
        run.compactMap(\.self).map { (x($0.x), y($0.y)) }
      }
    case .points:
      // A cloud is as dense as a tenth of it, where it is a question of room for a name.
      let points = series.points.compactMap(\.self)
      let every = max(1, points.count / 2000)
      return stride(from: 0, to: points.count, by: every).map { index in
        [(x(points[index].x), y(points[index].y))]
      }
    case .columns(let end):
      let points = series.points.compactMap(\.self)
      let edges = points.dropFirst().map(\.x) + [end]
      return [zip(points, edges).flatMap { [(x($0.x), y($0.y)), (x($1), y($0.y))] }]
    }
  }

  private func x(_ value: Double) -> Double {
    left + (plane.horizontal.position(of: value) ?? 0) * (right - left)
  }

  private func y(_ value: Double) -> Double {
    bottom - (plane.vertical.position(of: value) ?? 0) * (bottom - top)
  }

  /// Columns stand on their axis; lines and points keep away from it.
  private var floor: Double {
    let hasColumns = plane.series.contains { series in
      if case .columns = series.form { true } else { false }
    }
    return hasColumns ? bottom : bottom + away
  }

  private func axes() -> String {
    var result = SVGText.text(chart.vertical.caption, x: 0, y: 12, class: "axis-name")
    result += SVGText.text(
      chart.horizontal.caption, x: right, y: height - 4, anchor: "end", class: "axis-name")
    let side = left - away
    var lines = "M\(coordinate(side)) \(coordinate(top))V\(coordinate(bottom))"
    lines += "M\(coordinate(left)) \(coordinate(floor))H\(coordinate(right))"
    let upLabels = ChartNumber.labels(of: upTicks, isLogarithmic: plane.vertical.isLogarithmic)
    for (tick, label) in zip(upTicks, upLabels) {
      lines += "M\(coordinate(side - 3)) \(coordinate(y(tick)))h3"
      result += SVGText.text(label, x: side - 6, y: y(tick) + 4, anchor: "end", class: "tick")
    }
    let acrossLabels = ChartNumber.labels(
      of: acrossTicks, isLogarithmic: plane.horizontal.isLogarithmic)
    var lastEnd = -Double.infinity
    for (tick, label) in zip(acrossTicks, acrossLabels) {
      lines += "M\(coordinate(x(tick))) \(coordinate(floor))v3"
      // Ticks may stand close together on a logarithm; their numbers may not touch.
      let half = SVGText.width(of: label) / 2
      guard x(tick) - half > lastEnd + 3 else { continue }
      lastEnd = x(tick) + half
      result += SVGText.text(
        label, x: x(tick), y: bottom + away + 16, anchor: "middle", class: "tick")
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
        "<circle class=\"point \(name)\" cx=\"\(place.x)\" cy=\"\(place.y)\" r=\"2.6\"/>\n"
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

  private func names() -> String {
    labels.map { label in
      let leader = label.leader.map { end in
        SVGText.path(
          "M\(coordinate(end.x + 4)) \(coordinate(end.y))"
            + "L\(coordinate(label.x - 3)) \(coordinate(label.y - 4))", class: "leader")
      }
      return (leader ?? "")
        + SVGText.text(
          label.text, x: label.x, y: label.y, anchor: label.anchor,
          class: "label \(ChartFigure.seriesClass(label.series))")
    }.joined()
  }

  private func coordinate(_ value: Double) -> String { SVGText.coordinate(value) }
}
