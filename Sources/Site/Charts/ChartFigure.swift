import Course
package import StepRecords

/// A chart as a figure: title, one inline SVG a panel, and the sentence for those who do not see it.
///
/// Colours, dashes and weights are the style sheet's (classes `s1`, `s2`, `s3`), so a chart follows
/// light, dark and print without being drawn again.
package struct ChartFigure {
  private let chart: Chart
  private let layout: ChartLayout

  package init(_ chart: Chart) {
    self.chart = chart
    layout = ChartLayout(chart)
  }

  /// The figure.
  package func html() -> String {
    let caption =
      chart.title.isEmpty ? "" : "<figcaption>\(HTMLText.escaped(chart.title))</figcaption>\n"
    let panels = layout.panels.map { panel in
      switch panel {
      case .plane(let plane): PlaneDrawing(plane, chart: chart).svg(label: alternative)
      case .bars(let bars): BarDrawing(bars, chart: chart).svg(label: alternative)
      case .heat(let heat): HeatDrawing(heat, chart: chart).svg(label: alternative)
      }
    }
    let inside =
      panels.isEmpty ? "<p class=\"ending\">No finite value to draw.</p>\n" : panels.joined()
    return "<figure class=\"chart\">\n\(caption)\(inside)</figure>\n"
  }

  private var alternative: String {
    chart.alternative.isEmpty ? chart.title : chart.alternative
  }

  /// An SVG of the given size, drawn inside `viewBox` and as wide as its column allows.
  static func svg(width: Double, height: Double, label: String, _ inside: String) -> String {
    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(SVGText.coordinate(width))"
      + " \(SVGText.coordinate(height))\" role=\"img\""
      + " aria-label=\"\(HTMLText.escaped(label))\">\n\(inside)</svg>\n"
  }

  /// `s1`, `s2` or `s3`: more series than that share the last.
  static func seriesClass(_ index: Int) -> String { "s\(min(index, 2) + 1)" }
}
