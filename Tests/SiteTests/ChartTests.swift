import Course
import Foundation
import Site
import StepRecords
import TestSupport
import Testing

/// Charts as SVG.
///
/// Evidence: by eye (snapshots), by law (well-formed, inside their box, never NaN).
@Suite("Charts on pages")
struct ChartTests {
  @Test("a kind of chart looks as it was kept", arguments: examples)
  func kindOfChart(name: String, chart: Chart) throws {
    try expectSnapshot(ChartFigure(chart).html(), "chart-\(name).html")
  }

  @Test("whatever the data, the drawing is well-formed, inside its box and says its sentence")
  func anyData() throws {
    for chart in Self.examples.map(\.1) + Self.awkward {
      let html = ChartFigure(chart).html()
      let markup = try MarkupReader.read(html)
      for (name, value) in markup.elements.flatMap(\.attributes) where name != "aria-label" {
        #expect(!value.contains("nan") && !value.contains("inf"), "\(name)=\(value)")
      }
      for element in markup.elements where element.name == "svg" {
        #expect(element.attributes["role"] == "img")
        #expect(element.attributes["aria-label"]?.isEmpty == false)
      }
      let box = markup.elements.first { $0.name == "svg" }?.attributes["viewBox"]
      let size = (box ?? "0 0 440 300").split(separator: " ").compactMap { Double($0) }
      for element in markup.elements {
        for (name, limit) in [("x", size[2]), ("cx", size[2]), ("y", size[3]), ("cy", size[3])] {
          guard let value = element.attributes[name].flatMap(Double.init) else { continue }
          #expect(
            value >= -1 && value <= limit + 1, "\(element.name) \(name)=\(value) in \(chart.title)")
        }
      }
    }
  }

  @Test("no two names touch, and none leaves the drawing")
  func names() throws {
    // About as wide as the sans of a page draws a character of 12 units; 10 above its line, 3 below.
    for chart in Self.examples.map(\.1) + Self.crowded {
      let markup = try MarkupReader.read(ChartFigure(chart).html())
      let names = markup.texts.filter { $0.attributes["class"]?.hasPrefix("label s") == true }
      let boxes = names.map { name -> [Double] in
        let x = name.attributes["x"].flatMap(Double.init) ?? -1
        let y = name.attributes["y"].flatMap(Double.init) ?? -1
        let width = 6.4 * Double(name.text.count)
        let anchor = name.attributes["text-anchor"]
        let left = anchor == "end" ? x - width : anchor == "middle" ? x - width / 2 : x
        return [left, y - 10, left + width, y + 3]
      }
      for (index, box) in boxes.enumerated() {
        #expect(box[0] >= 0 && box[2] <= 401, "\(names[index].text) in \(chart.title)")
        for other in boxes[..<index] {
          let isApart =
            box[0] >= other[2] || other[0] >= box[2] || box[1] >= other[3] || other[1] >= box[3]
          #expect(isApart, "\(names[index].text) in \(chart.title)")
        }
      }
    }
  }

  @Test("a line that ends early is named at its end, not at the edge")
  func earlyEnd() throws {
    let chart = Chart(
      title: "", alternative: "One line stops half way.", horizontal: "x", vertical: "y",
      marks: [
        .line(label: "long", x: [0, 10], y: [1, 1]),
        // From right to left: the end is the point furthest right, wherever it is in the list.
        .line(label: "short", x: [5, 0], y: [0, 0]),
      ])
    let markup = try MarkupReader.read(ChartFigure(chart).html())
    func x(_ name: String) -> Double? {
      markup.texts.first { $0.text == name }?.attributes["x"].flatMap(Double.init)
    }
    let (long, short) = (try #require(x("long")), try #require(x("short")))
    // The plot is 31 to about 362 wide, so half way is about 197.
    #expect(long > 350)
    #expect((190...220).contains(short))
  }

  @Test("colours come from the page, so that a chart follows light and dark")
  func noColours() {
    for (_, chart) in Self.examples {
      let html = ChartFigure(chart).html()
      #expect(!html.contains("fill=\"#") && !html.contains("stroke=\"#") && !html.contains("rgb("))
    }
  }

  @Test("a long line keeps its extremes")
  func longLine() throws {
    // 100,000 points of zero with one peak: thinning must not lose it. The peak is the scale's top,
    // so its place is the top of the plot, 28.
    var values = [Double](repeating: 0, count: 100_000)
    values[54_321] = 1
    let chart = Chart(
      title: "", alternative: "a peak", horizontal: "x", vertical: "y",
      marks: [.line(label: "", x: values.indices.map(Double.init), y: values)])
    let html = ChartFigure(chart).html()
    #expect(html.utf8.count < 60_000)
    #expect(html.contains(" 28L") || html.contains(" 28\""))
  }

  static let examples: [(String, Chart)] = [
    (
      "line",
      Chart(
        title: "Error against bits", alternative: "The error falls by four with every bit.",
        horizontal: .linear("bits"), vertical: .logarithmic("error", unit: "weight²"),
        marks: [
          .line(label: "min-max", x: [2, 4, 6, 8], y: [0.1, 0.01, 0.001, 0.0001]),
          .line(label: "squared error", x: [2, 4, 6, 8], y: [0.08, 0.006, 0.0005, 0.00004]),
          .line(label: "Δ²/12", x: [2, 4, 6, 8], y: [0.02, .nan, 0.0002, 0.00002]),
        ])
    ),
    (
      "points",
      Chart(
        title: "Where they fall", alternative: "Three points on a line.", horizontal: "code",
        vertical: "value", marks: [.points(label: "codes", x: [0, 1, 2], y: [-1, 0, 1])])
    ),
    (
      "bars",
      Chart(
        title: "Error by method", alternative: "NF4 is best for weights.", horizontal: "",
        vertical: Chart.Axis("error", unit: "dB"),
        marks: [
          .bars(label: "weights", categories: ["rtn", "nf4"], heights: [3, 1.5]),
          .bars(label: "activations", categories: ["rtn", "nf4"], heights: [-1, 4]),
        ])
    ),
    (
      "histogram",
      Chart(
        title: "Where weights lie", alternative: "Most weights are near zero.",
        horizontal: "weight", vertical: "count",
        marks: [.histogram(label: "weights", edges: [-2, -1, 0, 1, 2], counts: [1, 5, 6, 2])])
    ),
    (
      "heatmap",
      Chart(
        title: "A weight", alternative: "A bright diagonal.", horizontal: "in", vertical: "out",
        marks: [.heatmap(label: "weight", rows: [[1, 0, -0.5], [0, 1, 0], [-0.5, 0, 1]])])
    ),
  ]

  /// Charts whose series end in the same places.
  static let crowded: [Chart] = {
    func chart(_ title: String, _ marks: [Chart.Mark]) -> Chart {
      Chart(title: title, alternative: title, horizontal: "x", vertical: "y", marks: marks)
    }
    return [
      chart("same end", ["one", "two", "three"].map { .line(label: $0, x: [0, 1], y: [0, 1]) }),
      chart(
        "same low end", ["one", "two", "three"].map { .line(label: $0, x: [0, 1], y: [1, 0]) }),
      chart(
        "same early end",
        [.line(label: "base", x: [0, 2], y: [0.5, 0.5])]
          + ["one", "two"].map { .line(label: $0, x: [0, 1], y: [0, 0.51]) }),
      chart(
        "clouds",
        ["these", "those"].map { name in
          .points(
            label: name, x: (0..<400).map { Double($0 % 20) }, y: (0..<400).map { Double($0 / 20) })
        }),
      chart(
        "two histograms",
        [
          .histogram(label: "before", edges: [0, 1, 2, 3], counts: [1, 9, 2]),
          .histogram(label: "after", edges: [0, 1, 2, 3], counts: [2, 9, 1]),
        ]),
    ]
  }()

  static let awkward: [Chart] = {
    let hostile = "<script>\"'&\u{0}\u{1B}[31m"
    func chart(_ name: String, _ marks: [Chart.Mark], isLogarithmic: Bool = false) -> Chart {
      Chart(
        title: name, alternative: hostile,
        horizontal: Chart.Axis(hostile, unit: hostile, isLogarithmic: isLogarithmic),
        vertical: Chart.Axis("", isLogarithmic: isLogarithmic), marks: marks)
    }
    let huge = Double.greatestFiniteMagnitude
    let tiny = Double.leastNonzeroMagnitude
    let long = String(repeating: "long ", count: 40)
    return [
      chart("nothing", []),
      chart("no points", [.line(label: "a", x: [], y: [])]),
      chart("one point", [.line(label: long, x: [3], y: [3])]),
      chart("not finite", [.points(label: "", x: [.nan, 1, .infinity], y: [1, .nan, 2])]),
      chart("huge", [.line(label: "h", x: [-huge, huge], y: [-huge, huge])]),
      chart("tiny", [.line(label: "t", x: [0, tiny], y: [0, tiny])]),
      chart(
        "zeros on a logarithm", [.line(label: "z", x: [0, 1, 10], y: [0, -1, 1e-300])],
        isLogarithmic: true),
      chart("lengths differ", [.line(label: "d", x: [1, 2, 3], y: [1])]),
      chart("many", (0..<12).map { .line(label: "series \($0)", x: [0, 1], y: [0, Double($0)]) }),
      chart("no counts", [.histogram(label: "", edges: [], counts: [])]),
      chart(
        "empty bins", [.histogram(label: "e", edges: [1, 10, 100], counts: [0, 5])],
        isLogarithmic: true),
      chart(
        "long names", [.bars(label: long, categories: [long, long + "2"], heights: [-huge, huge])]),
      chart("no bars", [.bars(label: "", categories: [], heights: [])]),
      chart("missing bars", [.bars(label: "", categories: ["a", "b"], heights: [.nan])]),
      chart("ragged", [.heatmap(label: hostile, rows: [[1], [1, 2, .nan], []])]),
      chart("flat", [.heatmap(label: "", rows: [[2, 2], [2, 2]])]),
      chart(
        "large",
        [.heatmap(label: "", rows: .init(repeating: .init(repeating: 1, count: 600), count: 500))]),
    ]
  }()
}
