/// Gathers the marks written between a chart's braces; `if` and `for` work as everywhere.
@resultBuilder
public enum ChartBuilder {
  /// One mark.
  public static func buildExpression(_ mark: Chart.Mark) -> [Chart.Mark] { [mark] }
  /// Marks made elsewhere.
  public static func buildExpression(_ marks: [Chart.Mark]) -> [Chart.Mark] { marks }
  /// A statement that draws nothing.
  public static func buildExpression(_ nothing: Void) -> [Chart.Mark] { [] }
  /// The marks in order.
  public static func buildBlock(_ marks: [Chart.Mark]...) -> [Chart.Mark] { marks.flatMap { $0 } }
  /// The marks of each round of a loop.
  public static func buildArray(_ marks: [[Chart.Mark]]) -> [Chart.Mark] { marks.flatMap { $0 } }
  /// The marks of an `if` without `else`.
  public static func buildOptional(_ marks: [Chart.Mark]?) -> [Chart.Mark] { marks ?? [] }
  /// The marks of the branch taken.
  public static func buildEither(first marks: [Chart.Mark]) -> [Chart.Mark] { marks }
  /// The marks of the branch taken.
  public static func buildEither(second marks: [Chart.Mark]) -> [Chart.Mark] { marks }
}

/// Leaves a chart for the reader: `chart(title: "Error", x: "bits", alt: "…") { line(bits, errors) }`.
///
/// An axis is a label, `Chart.Axis` with a unit, or `.logarithmic("error", unit: "dB")`. `alt` is the
/// sentence a person hears who does not see the chart: what somebody who does would notice.
///
/// - Parameters:
///   - title: What the chart shows.
///   - x: The horizontal axis.
///   - y: The vertical axis.
///   - alt: One sentence that says what there is to see.
///   - marks: What is drawn.
public func chart(
  title: String = "", x: Chart.Axis = "", y: Chart.Axis = "", alt: String = "",
  @ChartBuilder _ marks: () -> [Chart.Mark]
) {
  leaveChart(title, alt, x, y, marks())
}

/// Leaves a chart whose title is written first, without a label.
///
/// - Parameters:
///   - title: What the chart shows.
///   - x: The horizontal axis.
///   - y: The vertical axis.
///   - alt: One sentence that says what there is to see.
///   - marks: What is drawn.
public func chart(
  _ title: String, x: Chart.Axis = "", y: Chart.Axis = "", alt: String = "",
  @ChartBuilder _ marks: () -> [Chart.Mark]
) {
  leaveChart(title, alt, x, y, marks())
}

/// Leaves a chart whose sentence comes before its axes.
///
/// - Parameters:
///   - title: What the chart shows.
///   - alt: One sentence that says what there is to see.
///   - x: The horizontal axis.
///   - y: The vertical axis.
///   - marks: What is drawn.
@_disfavoredOverload
public func chart(
  title: String = "", alt: String, x: Chart.Axis = "", y: Chart.Axis = "",
  @ChartBuilder _ marks: () -> [Chart.Mark]
) {
  leaveChart(title, alt, x, y, marks())
}

/// Leaves a chart whose title is written first and whose sentence comes before its axes.
///
/// - Parameters:
///   - title: What the chart shows.
///   - alt: One sentence that says what there is to see.
///   - x: The horizontal axis.
///   - y: The vertical axis.
///   - marks: What is drawn.
@_disfavoredOverload
public func chart(
  _ title: String, alt: String, x: Chart.Axis = "", y: Chart.Axis = "",
  @ChartBuilder _ marks: () -> [Chart.Mark]
) {
  leaveChart(title, alt, x, y, marks())
}

private func leaveChart(
  _ title: String, _ alternative: String, _ horizontal: Chart.Axis, _ vertical: Chart.Axis,
  _ marks: [Chart.Mark]
) {
  StepRecording.announce(
    .chart(
      Chart(
        title: title, alternative: alternative, horizontal: horizontal, vertical: vertical,
        marks: marks)))
}
