import StepRecords
import Terminal
import Testing

/// Charts of characters.
///
/// Evidence: by hand (dots and eighths), by law (widths, whatever the data).
@Suite("Charts in a terminal")
struct TerminalChartTests {
  private func lines(_ marks: [Chart.Mark], width: Int = 40) -> [String] {
    TerminalChart(
      Chart(title: "", alternative: "", horizontal: "", vertical: "", marks: marks), width: width
    ).lines().map { $0.text(usesColor: false) }
  }

  @Test("a dot stands where braille puts it")
  func dots() {
    // Dots are numbered 1 2 3 7 down the left and 4 5 6 8 down the right: bits 0 1 2 6 and 3 4 5 7.
    let expected: [(x: Int, y: Int, text: String)] = [
      (0, 0, "⠁"), (0, 1, "⠂"), (0, 2, "⠄"), (0, 3, "⡀"), (1, 0, "⠈"), (1, 1, "⠐"), (1, 2, "⠠"),
      (1, 3, "⢀"),
    ]
    for (x, y, text) in expected {
      var canvas = BrailleCanvas(columns: 1, rows: 1)
      canvas.set(x: x, y: y, series: 0)
      #expect(canvas.lines { _ in .plain }.map { $0.text(usesColor: false) } == [text])
    }
    var line = BrailleCanvas(columns: 2, rows: 1)
    line.line(from: (0, 3), to: (3, 0), series: 0)
    #expect(line.lines { _ in .plain }.map { $0.text(usesColor: false) } == ["⡠⠊"])
    var outside = BrailleCanvas(columns: 1, rows: 1)
    outside.set(x: -1, y: 4, series: 0)
    #expect(outside.lines { _ in .plain }.map { $0.text(usesColor: false) } == [""])
  }

  @Test("bars are as long as their values, to an eighth of a column")
  func bars() {
    // Width 20: the name takes 2, spaces 2, the longest value "2" 1, so 15 columns or 120 eighths
    // stand for 2; 1 is 60 eighths, 7 blocks and a half; 0.1 is 6 eighths.
    let drawn = lines([.bars(label: "", categories: ["a", "bb"], heights: [2, 1])], width: 20)
    #expect(drawn == [" a ███████████████ 2", "bb ███████▌ 1"])
  }

  @Test("a histogram's highest column is full, and no count is invisible")
  func histogram() throws {
    let drawn = lines([.histogram(label: "", edges: [0, 1, 2], counts: [8000, 1])], width: 24)
    let top = try #require(drawn.first)
    #expect(top.contains("█") && top.count < drawn[9].count)
    let bottom = drawn[9]
    #expect(bottom.contains("█▁") && bottom.hasSuffix("▁"))
  }

  @Test("every series is named at its end")
  func names() {
    let drawn = lines([
      .line(label: "up", x: [0, 1], y: [0, 1]), .line(label: "down", x: [0, 1], y: [1, 0]),
    ])
    #expect(drawn.first?.hasSuffix("up") == true)
    #expect(drawn[9].hasSuffix("down"))
  }

  @Test(
    "whatever the data, no line is longer than 60 columns or the width", arguments: [20, 40, 200])
  func widths(width: Int) {
    let long = String(repeating: "漢 long ", count: 20)
    let huge = Double.greatestFiniteMagnitude
    let marks: [[Chart.Mark]] = [
      [], [.line(label: "", x: [], y: [])], [.line(label: long, x: [1], y: [1])],
      [.points(label: long, x: [-huge, huge, .nan], y: [huge, -huge, 1])],
      [.bars(label: long, categories: [long, "b"], heights: [-huge, huge])],
      [
        .bars(label: "a", categories: ["x"], heights: [.nan]),
        .bars(label: long, categories: ["x"], heights: [1]),
      ],
      [.histogram(label: long, edges: [0, 1], counts: [.infinity])],
      [
        .histogram(
          label: long, edges: (0...500).map(Double.init), counts: (0..<500).map(Double.init))
      ],
      [.heatmap(label: long, rows: .init(repeating: .init(repeating: -1, count: 300), count: 300))],
      [.heatmap(label: long, rows: [[1, .nan], []])],
      [
        .histogram(label: "h", edges: [0, 1, 2], counts: [1, 2]),
        .line(label: "l", x: [0, 2], y: [2, 0]),
      ],
    ]
    for isLogarithmic in [false, true] {
      for mark in marks {
        let chart = Chart(
          title: long, alternative: long,
          horizontal: Chart.Axis(long, unit: long, isLogarithmic: isLogarithmic),
          vertical: Chart.Axis(long, isLogarithmic: isLogarithmic), marks: mark)
        let drawn = TerminalChart(chart, width: width).lines()
        #expect(drawn.allSatisfy { $0.width <= min(60, width) })
        #expect(!drawn.isEmpty)
      }
    }
  }
}
