package import StepRecords

/// A chart sorted into what can be drawn together, with scales that cover its data.
///
/// Lines, points and histograms share two numeric axes; bars have categories and one numeric axis; a
/// heatmap has a grid. A chart that mixes them is drawn as several panels, in the order of its marks.
package struct ChartLayout: Sendable {
  /// The panels, in drawing order; empty when the chart has nothing that can be placed.
  package let panels: [Panel]

  /// What one panel draws.
  package enum Panel: Sendable {
    /// Series over two numeric axes.
    case plane(Plane)
    /// Bars by category.
    case bars(Bars)
    /// A grid of values.
    case heat(Heat)
  }

  /// Lines, points and histograms over two numeric axes.
  package struct Plane: Sendable {
    /// The horizontal scale.
    package let horizontal: ChartScale
    /// The vertical scale.
    package let vertical: ChartScale
    /// The series, in drawing order.
    package let series: [Series]
  }

  /// One series on a plane.
  package struct Series: Sendable {
    /// How a series is drawn.
    package enum Form: Sendable {
      case line
      case points
      /// Columns between edges: point `i` is the left edge of column `i`, `end` the last right edge.
      case columns(end: Double)
    }

    /// What it is called at its end.
    package let label: String
    /// How it is drawn.
    package let form: Form
    /// Its points in order, nil for a gap: a value that cannot be placed.
    package let points: [Point?]
  }

  /// A point of a series, as the data have it.
  package struct Point: Sendable, Hashable {
    /// Along the horizontal axis.
    package let x: Double
    /// Along the vertical axis.
    package let y: Double
  }

  /// Bars by category; every series has one height a category, nil where there is none.
  package struct Bars: Sendable {
    /// The categories, in order of appearance.
    package let categories: [String]
    /// The scale of heights, from zero or, when logarithmic, from a decade below the smallest.
    package let scale: ChartScale
    /// The series' labels and heights.
    package let series: [(label: String, heights: [Double?])]
  }

  /// A grid of values, rows from top to bottom, all equally long.
  package struct Heat: Sendable {
    /// What it is called.
    package let label: String
    /// The values; NaN where a row was short.
    package let rows: [[Double]]
    /// The smallest finite value.
    package let lowest: Double
    /// The largest finite value.
    package let highest: Double

    /// How dark a value is, −1…1: zero is the paper when values have both signs, else the smallest is.
    package func shade(of value: Double) -> Double? {
      guard value.isFinite else { return nil }
      if lowest < 0, highest > 0 {
        return value / max(-lowest, highest)
      }
      guard highest > lowest else { return 0.5 }
      return (value / 2 - lowest / 2) / (highest / 2 - lowest / 2)
    }
  }

  /// Sorts a chart's marks into panels.
  package init(_ chart: Chart) {
    var panels: [Panel] = []
    var planar: [Chart.Mark] = []
    var barred: [(label: String, categories: [String], heights: [Double])] = []
    for mark in chart.marks {
      switch mark {
      case .line, .points, .histogram:
        planar.append(mark)
      case .bars(let label, let categories, let heights):
        barred.append((label, categories, heights))
      case .heatmap(let label, let rows):
        if let heat = Self.heat(label: label, rows: rows) { panels.append(.heat(heat)) }
      }
    }
    if !barred.isEmpty, let bars = Self.bars(barred, axis: chart.vertical) {
      panels.insert(.bars(bars), at: 0)
    }
    if !planar.isEmpty, let plane = Self.plane(planar, chart: chart) {
      panels.insert(.plane(plane), at: 0)
    }
    self.panels = panels
  }

  private static func plane(_ marks: [Chart.Mark], chart: Chart) -> Plane? {
    let isAcrossLog = chart.horizontal.isLogarithmic
    let isUpLog = chart.vertical.isLogarithmic
    func placed(_ x: Double, _ y: Double) -> Point? {
      guard x.isFinite, y.isFinite, !isAcrossLog || x > 0, !isUpLog || y > 0 else { return nil }
      return Point(x: x, y: y)
    }
    var series: [Series] = []
    var across: [Double] = []
    var includesZero = false
    for mark in marks {
      switch mark {
      case .line(let label, let x, let y):
        series.append(Series(label: label, form: .line, points: zip(x, y).map(placed)))
      case .points(let label, let x, let y):
        series.append(Series(label: label, form: .points, points: zip(x, y).map(placed)))
      case .histogram(let label, let edges, let counts):
        guard let end = edges.last, edges.count == counts.count + 1 else { continue }
        series.append(
          Series(label: label, form: .columns(end: end), points: zip(edges, counts).map(placed)))
        across.append(end)
        includesZero = true
      case .bars, .heatmap:
        continue
      }
    }
    let points = series.flatMap { $0.points.compactMap(\.self) }
    guard !points.isEmpty else { return nil }
    return Plane(
      horizontal: ChartScale(covering: points.map(\.x) + across, isLogarithmic: isAcrossLog),
      vertical: ChartScale(
        covering: points.map(\.y), isLogarithmic: isUpLog, includesZero: includesZero),
      series: series)
  }

  private static func bars(
    _ marks: [(label: String, categories: [String], heights: [Double])], axis: Chart.Axis
  ) -> Bars? {
    var categories: [String] = []
    for mark in marks {
      for category in mark.categories where !categories.contains(category) {
        categories.append(category)
      }
    }
    let series = marks.map { mark in
      let byName = Dictionary(
        zip(mark.categories, mark.heights), uniquingKeysWith: { first, _ in first })
      return (label: mark.label, heights: categories.map { byName[$0] })
    }
    guard !categories.isEmpty else { return nil }
    let heights = series.flatMap { $0.heights.compactMap(\.self) }
    return Bars(
      categories: categories,
      scale: ChartScale(
        covering: heights, isLogarithmic: axis.isLogarithmic, includesZero: true),
      series: series)
  }

  private static func heat(label: String, rows: [[Double]]) -> Heat? {
    let finite = rows.joined().filter(\.isFinite)
    guard let lowest = finite.min(), let highest = finite.max() else { return nil }
    let width = rows.map(\.count).max() ?? 0
    let padded = rows.map { $0 + Array(repeating: .nan, count: width - $0.count) }
    return Heat(label: label, rows: padded, lowest: lowest, highest: highest)
  }
}

extension Chart.Axis {
  /// The axis in words: what is measured, and the unit where there is one.
  package var caption: String {
    unit.isEmpty ? label : label.isEmpty ? unit : "\(label), \(unit)"
  }
}
