/// One bar a category.
///
/// - Parameters:
///   - categories: What each bar stands for: names, numbers of bits, anything that has a text.
///   - heights: How high each bar is; the shorter of the two decides how many there are.
///   - label: What the bars measure, in the legend.
/// - Returns: The mark, for a chart to draw.
public func bars<Category, Heights: Sequence>(
  _ categories: some Sequence<Category>, _ heights: Heights, _ label: String = ""
) -> Chart.Mark where Heights.Element: Plottable {
  let pairs = Array(zip(categories, heights))
  return .bars(
    label: label, categories: pairs.map { String(describing: $0.0) },
    heights: pairs.map(\.1.plotted))
}

/// One bar a category, with the label named.
///
/// - Parameters:
///   - categories: What each bar stands for.
///   - heights: How high each bar is.
///   - label: What the bars measure, in the legend.
/// - Returns: The mark, for a chart to draw.
public func bars<Category, Heights: Sequence>(
  _ categories: some Sequence<Category>, _ heights: Heights, label: String
) -> Chart.Mark where Heights.Element: Plottable {
  bars(categories, heights, label)
}

/// One bar a category, with the arguments named.
///
/// - Parameters:
///   - categories: What each bar stands for.
///   - heights: How high each bar is.
///   - label: What the bars measure, in the legend.
/// - Returns: The mark, for a chart to draw.
public func bars<Category, Heights: Sequence>(
  categories: some Sequence<Category>, heights: Heights, label: String = ""
) -> Chart.Mark where Heights.Element: Plottable {
  bars(categories, heights, label)
}

/// One bar an entry: `bars(["min-max": 0.021, "mse": 0.017])`.
///
/// - Parameters:
///   - heights: Each bar's name and height, in the order written.
///   - label: What the bars measure, in the legend.
/// - Returns: The mark, for a chart to draw.
public func bars<Height: Plottable>(
  _ heights: KeyValuePairs<String, Height>, label: String = ""
) -> Chart.Mark {
  .bars(label: label, categories: heights.map(\.key), heights: heights.map(\.value.plotted))
}

/// How many values fall in each of equally wide bins.
///
/// - Parameters:
///   - values: The values; those that are not finite are not counted.
///   - bins: How many bins between the lowest and the highest value; at least one.
///   - label: What is counted, in the legend.
/// - Returns: The mark, for a chart to draw. Equal values fill one bin of width 1 about them, and no
///   values leave one empty bin.
public func histogram<Values: Sequence>(
  _ values: Values, bins: Int = 40, label: String = ""
) -> Chart.Mark where Values.Element: Plottable {
  let finite = values.map(\.plotted).filter(\.isFinite)
  let (lowest, highest) = (finite.min() ?? 0, finite.max() ?? 0)
  guard lowest < highest else {
    let half = max(0.5, lowest.ulp)
    let most = Double.greatestFiniteMagnitude
    return .histogram(
      label: label, edges: [max(-most, lowest - half), min(most, lowest + half)],
      counts: [Double(finite.count)])
  }
  let count = max(1, bins)
  // A range too wide, or bins too narrow, for a number to say are measured in another unit.
  let width = (highest - lowest) / Double(count)
  let unit = width.isNormal ? 1 : width.isFinite ? 0x1p64 : 0x1p-2
  let (start, end) = (lowest * unit, highest * unit)
  let widthInUnits = width.isNormal ? width : (end - start) / Double(count)
  var counts = [Double](repeating: 0, count: count)
  for value in finite {
    // The last bin is closed, so that the highest value is in it.
    counts[min(count - 1, Int((value * unit - start) / widthInUnits))] += 1
  }
  let edges = (0...count).map {
    $0 == count ? highest : (start + Double($0) * widthInUnits) / unit
  }
  return .histogram(label: label, edges: edges, counts: counts)
}

/// How many values fall in each of equally wide bins, with the label straight after the values.
///
/// - Parameters:
///   - values: The values; those that are not finite are not counted.
///   - label: What is counted, in the legend.
///   - bins: How many bins between the lowest and the highest value; at least one.
/// - Returns: The mark, for a chart to draw.
public func histogram<Values: Sequence>(
  _ values: Values, _ label: String, bins: Int = 40
) -> Chart.Mark where Values.Element: Plottable {
  histogram(values, bins: bins, label: label)
}

/// Counts made elsewhere, between edges made elsewhere.
///
/// - Parameters:
///   - edges: The bins' edges, rising; one more than there are counts.
///   - counts: How many values each bin holds.
///   - label: What is counted, in the legend.
/// - Returns: The mark, for a chart to draw.
public func histogram<Edges: Sequence, Counts: Sequence>(
  edges: Edges, counts: Counts, label: String = ""
) -> Chart.Mark where Edges.Element: Plottable, Counts.Element: Plottable {
  .histogram(label: label, edges: edges.map(\.plotted), counts: counts.map(\.plotted))
}

/// Values as colours, in rows from top to bottom.
///
/// - Parameters:
///   - rows: The rows, equally long.
///   - label: What the colours measure.
/// - Returns: The mark, for a chart to draw.
public func heatmap<Rows: Sequence>(
  _ rows: Rows, _ label: String = ""
) -> Chart.Mark where Rows.Element: Sequence, Rows.Element.Element: Plottable {
  .heatmap(label: label, rows: rows.map { $0.map(\.plotted) })
}

/// Values as colours, with the label named.
///
/// - Parameters:
///   - rows: The rows, equally long.
///   - label: What the colours measure.
/// - Returns: The mark, for a chart to draw.
public func heatmap<Rows: Sequence>(
  _ rows: Rows, label: String
) -> Chart.Mark where Rows.Element: Sequence, Rows.Element.Element: Plottable {
  heatmap(rows, label)
}
