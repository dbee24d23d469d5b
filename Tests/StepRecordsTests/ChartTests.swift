import StepRecords
import Testing

/// By hand: the marks that a chapter's calls make.
@Suite("charts and verdicts")
struct ChartTests {
  @Test("points of any number type, in every way of writing them")
  func lines() {
    let mark = Chart.Mark.line(label: "rtn", x: [2, 3], y: [0.5, 0.25])
    #expect(line([2, 3], [Float(0.5), 0.25], "rtn") == mark)
    #expect(line(2...3, [0.5, 0.25], label: "rtn") == mark)
    #expect(line(x: [UInt8(2), 3], y: [0.5, 0.25], label: "rtn") == mark)
    #expect(line([(2, 0.5), (3, 0.25)], label: "rtn") == mark)
    #expect(line([0.5, 0.25]) == .line(label: "", x: [0, 1], y: [0.5, 0.25]))
    #expect(points([1, 2, 3], [4, 5]) == .points(label: "", x: [1, 2], y: [4, 5]))
  }

  @Test("a long line is thinned and keeps its peak")
  func thinning() {
    var heights = [Double](repeating: 0, count: 100_000)
    heights[54_321] = 7
    guard case .line(_, let x, let y) = line(0..., heights) else {
      Issue.record("a line is a line")
      return
    }
    #expect(x.count <= 4096)
    #expect(x[y.firstIndex(of: 7) ?? 0] == 54_321)
    #expect(x == x.sorted())
  }

  @Test("histograms count every finite value once; the last bin is closed")
  func histograms() {
    #expect(
      histogram([0, 1, 1, 2, 4, .nan, .infinity], bins: 2, label: "n")
        == .histogram(label: "n", edges: [0, 2, 4], counts: [3, 2]))
    #expect(histogram([3, 3]) == .histogram(label: "", edges: [2.5, 3.5], counts: [2]))
    #expect(histogram([Float]()) == .histogram(label: "", edges: [-0.5, 0.5], counts: [0]))
  }

  @Test("a histogram of extreme values is one too")
  func extremeHistograms() {
    // Their distance is more than a Double holds; each end is exactly one half of it.
    #expect(
      histogram([-0x1p1023, 0, 0x1p1023, 0x1.8p1023], bins: 2)
        == .histogram(label: "", edges: [-0x1p1023, 0x1p1021, 0x1.8p1023], counts: [2, 2]))
    // Forty bins between neighbours are each less than the least number there is.
    let least = Double.leastNonzeroMagnitude
    guard case .histogram(_, let edges, let counts) = histogram([0, 0, least]) else { return }
    #expect(counts.first == 2 && counts.last == 1 && counts.reduce(0, +) == 3)
    #expect(edges.first == 0 && edges.last == least && edges == edges.sorted())
    // Half a unit is less than the distance to the next number.
    guard case .histogram(_, let wide, let all) = histogram([1e300, 1e300]) else { return }
    #expect(all == [2] && wide[0] < 1e300 && wide[1] > 1e300)
    let most = Double.greatestFiniteMagnitude
    guard case .histogram(_, let last, _) = histogram([most, most]) else { return }
    #expect(last[0] < most && last[1] == most)
  }

  @Test("bars keep the order written")
  func bar() {
    let mark = Chart.Mark.bars(label: "error", categories: ["4", "8"], heights: [0.5, 0.25])
    #expect(bars([4, 8], [0.5, 0.25], "error") == mark)
    #expect(bars(["4": 0.5, "8": 0.25], label: "error") == mark)
  }

  @Test("verdicts hold when every condition does")
  func verdicts() {
    #expect(verdict(holds: true).holds)
    let mixed = verdict(["normal": true, "heavy": false])
    #expect(!mixed.holds)
    #expect(mixed.conditions.map(\.name) == ["normal", "heavy"])
    #expect(RecordedValue(recording: mixed).description == "holds when normal")
  }
}
