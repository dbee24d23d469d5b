/// A line through points in order.
///
/// - Parameters:
///   - x: Where the points stand from left to right; a range will do.
///   - y: How high they stand; the shorter of the two decides how many there are.
///   - label: What the line is, in the legend.
/// - Returns: The mark, for a chart to draw.
public func line<X: Sequence, Y: Sequence>(
  _ x: X, _ y: Y, _ label: String = ""
) -> Chart.Mark where X.Element: Plottable, Y.Element: Plottable {
  let points = PlottedPoints(x, y)
  return .line(label: label, x: points.x, y: points.y)
}

/// A line through points in order, with its arguments named.
///
/// - Parameters:
///   - x: Where the points stand from left to right.
///   - y: How high they stand.
///   - label: What the line is, in the legend.
/// - Returns: The mark, for a chart to draw.
public func line<X: Sequence, Y: Sequence>(
  x: X, y: Y, label: String = ""
) -> Chart.Mark where X.Element: Plottable, Y.Element: Plottable {
  line(x, y, label)
}

/// A line through points in order, with its label named.
///
/// - Parameters:
///   - x: Where the points stand from left to right.
///   - y: How high they stand.
///   - label: What the line is, in the legend.
/// - Returns: The mark, for a chart to draw.
public func line<X: Sequence, Y: Sequence>(
  _ x: X, _ y: Y, label: String
) -> Chart.Mark where X.Element: Plottable, Y.Element: Plottable {
  line(x, y, label)
}

/// A line through pairs of coordinates.
///
/// - Parameters:
///   - pairs: Each point's place and height.
///   - label: What the line is, in the legend.
/// - Returns: The mark, for a chart to draw.
public func line<X: Plottable, Y: Plottable>(
  _ pairs: [(X, Y)], label: String = ""
) -> Chart.Mark {
  line(pairs.map(\.0), pairs.map(\.1), label)
}

/// A line through values that stand at 0, 1, 2, ….
///
/// - Parameters:
///   - values: How high the points stand.
///   - label: What the line is, in the legend.
/// - Returns: The mark, for a chart to draw.
public func line<Y: Sequence>(
  _ values: Y, label: String = ""
) -> Chart.Mark where Y.Element: Plottable {
  line(0..., values, label)
}

/// Separate points.
///
/// - Parameters:
///   - x: Where the points stand from left to right; a range will do.
///   - y: How high they stand; the shorter of the two decides how many there are.
///   - label: What the points are, in the legend.
/// - Returns: The mark, for a chart to draw.
public func points<X: Sequence, Y: Sequence>(
  _ x: X, _ y: Y, _ label: String = ""
) -> Chart.Mark where X.Element: Plottable, Y.Element: Plottable {
  let points = PlottedPoints(x, y)
  return .points(label: label, x: points.x, y: points.y)
}

/// Separate points, with the arguments named.
///
/// - Parameters:
///   - x: Where the points stand from left to right.
///   - y: How high they stand.
///   - label: What the points are, in the legend.
/// - Returns: The mark, for a chart to draw.
public func points<X: Sequence, Y: Sequence>(
  x: X, y: Y, label: String = ""
) -> Chart.Mark where X.Element: Plottable, Y.Element: Plottable {
  points(x, y, label)
}

/// Separate points, with their label named.
///
/// - Parameters:
///   - x: Where the points stand from left to right.
///   - y: How high they stand.
///   - label: What the points are, in the legend.
/// - Returns: The mark, for a chart to draw.
public func points<X: Sequence, Y: Sequence>(
  _ x: X, _ y: Y, label: String
) -> Chart.Mark where X.Element: Plottable, Y.Element: Plottable {
  points(x, y, label)
}

/// Separate points from pairs of coordinates.
///
/// - Parameters:
///   - pairs: Each point's place and height.
///   - label: What the points are, in the legend.
/// - Returns: The mark, for a chart to draw.
public func points<X: Plottable, Y: Plottable>(
  _ pairs: [(X, Y)], label: String = ""
) -> Chart.Mark {
  points(pairs.map(\.0), pairs.map(\.1), label)
}

/// Coordinates, few enough to draw.
private struct PlottedPoints {
  /// More points than a wide screen has columns say nothing more.
  private static let limit = 4096

  let x: [Double]
  let y: [Double]

  init<X: Sequence, Y: Sequence>(
    _ x: X, _ y: Y
  ) where X.Element: Plottable, Y.Element: Plottable {
    var horizontal: [Double] = []
    var vertical: [Double] = []
    for (place, height) in zip(x, y) {
      horizontal.append(place.plotted)
      vertical.append(height.plotted)
    }
    let kept = Self.kept(vertical)
    self.x = kept.map { horizontal[$0] }
    self.y = kept.map { vertical[$0] }
  }

  /// All places, or of many the lowest and the highest of each stretch, so that no peak is lost.
  private static func kept(_ heights: [Double]) -> [Int] {
    guard heights.count > limit else { return Array(heights.indices) }
    let stretches = limit / 2
    return (0..<stretches).flatMap { stretch in
      let places = heights.count * stretch / stretches..<heights.count * (stretch + 1) / stretches
      let lowest = places.min { heights[$0] < heights[$1] } ?? places.lowerBound
      let highest = places.max { heights[$0] < heights[$1] } ?? places.lowerBound
      return lowest == highest ? [lowest] : [min(lowest, highest), max(lowest, highest)]
    }
  }
}
