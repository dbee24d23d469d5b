import Tensors
import Testing

/// Evidence: by hand, by law, and by another framework (numpy).
struct HistogramTests {
  @Test("bins are closed below, and the last one above too")
  func edges() {
    let histogram = Histogram(of: [0, 1, 1.5, 2, 4] as [Float], bins: 4)
    #expect(histogram.edges == [0, 1, 2, 3, 4])
    #expect(histogram.centers == [0.5, 1.5, 2.5, 3.5])
    #expect(histogram.counts == [1, 2, 1, 1])
    #expect(histogram.cumulativeCounts == [1, 3, 4, 5])
    #expect(histogram.total == 5)
  }

  @Test("numbers outside a given range, and those that are not finite, are counted apart")
  func outside() {
    let values: [Float] = [-3, -1, 0, 1, 5, .nan, .infinity]
    let histogram = Histogram(of: values, bins: 2, over: -1...1)
    #expect(histogram.counts == [1, 2])
    #expect(histogram.belowCount == 1)
    #expect(histogram.aboveCount == 1)
    #expect(histogram.notFiniteCount == 2)
  }

  @Test("equal numbers get a range of width one around them, and no numbers one from 0 to 1")
  func point() {
    let histogram = Histogram(of: [2, 2] as [Float], bins: 4)
    #expect(histogram.edges == [1.5, 1.75, 2, 2.25, 2.5])
    #expect(histogram.counts == [0, 0, 2, 0])
    #expect(Histogram(of: [] as [Float], bins: 2).edges == [0, 0.5, 1])
    // Beside 3 × 10³⁸ a half is lost even in double precision.
    let far = Histogram(of: [3e38, 3e38] as [Float], bins: 100)
    #expect(far.total == 2 && zip(far.edges, far.edges.dropFirst()).allSatisfy { $0 < $1 })
  }

  @Test("growing appends whole bins and moves no count")
  func growing() {
    var histogram = Histogram(of: [0, 1, 2, 3] as [Float], bins: 3)
    histogram.add([-1.5, 4.25] as [Float])
    #expect(histogram.lowest == -2)
    #expect(histogram.highest == 5)
    #expect(histogram.width == 1)
    #expect(histogram.counts == [1, 0, 1, 1, 2, 0, 1])
    for value: Float in [-2.5, 5.5] {  // one bin more at either end
      var wider = histogram
      wider.add([value])
      #expect(wider.counts == (value < 0 ? [1] + histogram.counts : histogram.counts + [1]))
      #expect(wider.edges.contains(0) && wider.edges.count == 9)
      #expect(wider.lowest == (value < 0 ? -3 : -2) && wider.highest == (value < 0 ? 5 : 6))
    }
    histogram.add([0.5] as [Float])
    #expect(histogram.counts == [1, 0, 2, 1, 2, 0, 1])
    #expect(histogram.belowCount == 0)
  }

  @Test("a far outlier joins bins instead of filling the memory, and loses no count")
  func farOutlier() {
    var histogram = Histogram(of: [0, 0.001, 0.002] as [Float], bins: 2_048)
    histogram.add([1e30, -1e30, .nan] as [Float])
    #expect(histogram.counts.count <= Histogram.binLimit)
    #expect(histogram.total == 5)
    #expect(histogram.notFiniteCount == 1)
    #expect(histogram.lowest <= -1e30)
    #expect(histogram.highest >= Double(Float(1e30)))
  }

  @Test("batch after batch, and merged from two, the counts are those of all at once")
  func merging() throws {
    let values = [Float](count: 3_000, drawnFrom: .studentT(degreesOfFreedom: 3), seed: 5)
    var whole = Histogram(bins: 64, over: -1...1)
    whole.add(values)
    var batches = Histogram(bins: 64, over: -1...1)
    for start in stride(from: 0, to: 3_000, by: 500) { batches.add(values[start..<start + 500]) }
    #expect(batches.counts == whole.counts)
    #expect(isClose(batches.lowest, whole.lowest, within: 1e-12))
    var first = Histogram(bins: 64, over: -1...1)
    first.add(values[..<1_000])
    var second = Histogram(bins: 64, over: -1...1)
    second.add(values[1_000...])
    var other = second
    try other.merge(first)
    try first.merge(second)
    #expect(first.counts == whole.counts)
    #expect(other.counts == whole.counts)
    #expect(first.total == 3_000)
  }

  @Test("histograms whose edges do not meet are not merged")
  func misaligned() {
    var histogram = Histogram(bins: 4, over: 0...4)
    #expect(throws: TensorError.self) { try histogram.merge(Histogram(bins: 4, over: 0.5...4.5)) }
    #expect(throws: TensorError.self) { try histogram.merge(Histogram(bins: 8, over: 0...4)) }
    #expect(throws: TensorError.self) {
      try histogram.merge(Histogram(bins: 1, over: 1e12...1e12 + 1))
    }
    #expect(histogram == Histogram(bins: 4, over: 0...4))
  }

  @Test("joining neighbours keeps the total")
  func coarsening() {
    let histogram = Histogram(of: [0, 1, 2, 3, 4, 5] as [Float], bins: 5)
    let coarse = histogram.coarsened(by: 2)
    #expect(coarse.counts == [2, 2, 2])
    #expect(coarse.width == 2)
    #expect(coarse.highest == 6)
    #expect(histogram.coarsened(by: 5).highest == 5)
  }

  @Test(
    "a quantile of the bins is within one width of the exact one",
    arguments: [0, 0.01, 0.3, 0.5, 0.99, 1])
  func quantiles(share: Double) {
    let values = [Float](count: 20_001, drawnFrom: .normal(), seed: 6)
    let histogram = Histogram(of: values, bins: 500)
    #expect(abs(histogram.quantile(share) - values.quantile(share)) <= histogram.width)
    #expect(Histogram(bins: 2, over: 0...1).quantile(share).isNaN)
  }

  struct Case: Decodable {
    let name: String
    let values: [Float]
    let counts: [Int]
    let edges: [Double]
    let innerRange: [Double]
    let innerCounts: [Int]
  }
  struct OnEdges: Decodable {
    let bins: Int
    let highest: Double
    let counts: [Int]
  }
  struct Cases: Decodable {
    let cases: [Case]
    let onEdges: [OnEdges]
  }

  @Test("numbers on edges that rounding moved fall into numpy's bins")
  func numpyOnEdges() throws {
    let whole = (0...300).map { Float($0) }
    for known in try Golden.load("statistics", as: Cases.self).onEdges {
      let histogram = Histogram(of: whole, bins: known.bins, over: 0...known.highest)
      #expect(histogram.counts == known.counts, "\(known.bins) bins to \(known.highest)")
    }
  }

  @Test("exactly numpy's counts and edges")
  func numpy() throws {
    for known in try Golden.load("statistics", as: Cases.self).cases {
      let histogram = Histogram(of: known.values, bins: 7)
      #expect(histogram.counts == known.counts, "\(known.name)")
      #expect(histogram.edges == known.edges, "\(known.name)")
      let range = known.innerRange[0]...known.innerRange[1]
      let inner = Histogram(of: known.values, bins: 5, over: range)
      #expect(inner.counts == known.innerCounts, "\(known.name)")
    }
  }
}
