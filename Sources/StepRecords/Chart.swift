/// A chart as data: the site draws SVG from it, the terminal braille or blocks, a screen reader reads
/// its sentence.
public struct Chart: Hashable, Codable, Sendable {
  /// What the chart shows, in a few words.
  public let title: String
  /// One sentence that says what a person who sees the chart would notice.
  public let alternative: String
  /// The horizontal axis.
  public let horizontal: Axis
  /// The vertical axis.
  public let vertical: Axis
  /// What is drawn, in drawing order.
  public let marks: [Mark]

  /// A chart of the given marks.
  public init(
    title: String, alternative: String, horizontal: Axis, vertical: Axis, marks: [Mark]
  ) {
    self.title = title
    self.alternative = alternative
    self.horizontal = horizontal
    self.vertical = vertical
    self.marks = marks
  }

  /// An axis: what it measures, in which unit, on which scale.
  public struct Axis: Hashable, Codable, Sendable, ExpressibleByStringLiteral {
    /// What is measured.
    public let label: String
    /// The unit; empty for counts and ratios.
    public let unit: String
    /// Whether equal distances are equal ratios.
    public let isLogarithmic: Bool

    /// An axis.
    public init(_ label: String, unit: String = "", isLogarithmic: Bool = false) {
      self.label = label
      self.unit = unit
      self.isLogarithmic = isLogarithmic
    }

    /// A linear axis without a unit, from its label alone.
    public init(stringLiteral label: String) {
      self.init(label)
    }

    /// A linear axis.
    public static func linear(_ label: String, unit: String = "") -> Axis {
      Axis(label, unit: unit)
    }

    /// A logarithmic axis: errors are compared on one.
    public static func logarithmic(_ label: String, unit: String = "") -> Axis {
      Axis(label, unit: unit, isLogarithmic: true)
    }
  }

  /// One thing drawn.
  public enum Mark: Hashable, Codable, Sendable {
    /// A line through points in order.
    case line(label: String, x: [Double], y: [Double])
    /// Separate points.
    case points(label: String, x: [Double], y: [Double])
    /// One bar a category.
    case bars(label: String, categories: [String], heights: [Double])
    /// Counts between `edges`; one more edge than counts.
    case histogram(label: String, edges: [Double], counts: [Double])
    /// Values in rows from top to bottom.
    case heatmap(label: String, rows: [[Double]])
  }
}
