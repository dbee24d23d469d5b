import Grids
import Quantization
import Testing

/// Evidence: by hand and by law.
@Suite("Observers, batches and channels")
struct ObserverTests {
  @Test("the ends −2.4 and 3.6 give the textbook grid")
  func textbookGrid() throws {
    let observed = try Observer(named: "min-max").observe([-2.4, 1, 3.6], shape: [3])
    let grid = AffineGrid(covering: Double(Float(-2.4))...Double(Float(3.6)), as: .uint8)
    #expect(observed.scale == [grid.scale])
    #expect(observed.zeroPoint == [102])
    let errors = [Float(-2.4), 1, 3.6].map { Double($0) - Double(grid.fakeQuantized($0)) }
    #expect(observed.meanSquaredError == [errors.reduce(0) { $0 + $1 * $1 } / 3])
  }

  @Test("symmetric codes: restricted when signed, centred when not")
  func symmetricGrids() throws {
    let values: [Float] = [-1, 0.5]
    for (signed, count, zero) in [(true, 254.0, 0), (false, 255.0, 128)] {
      let observed = try Observer(named: "min-max").observe(
        values, shape: [2], options: ObserverOptions(isSigned: signed, isSymmetric: true))
      #expect(observed.scale == [Float(2 / count)])
      #expect(observed.zeroPoint == [zero])
      #expect(observed.minimum == [-1])
      #expect(observed.maximum == [0.5])
    }
  }

  @Test("rows are cut as numpy.array_split cuts them")
  func arraySplit() throws {
    // Five rows in two parts: three and two. The average moves once, a hundredth of the way.
    let observed = try Observer(named: "moving-average").observe(
      [1, 2, 4, 104, 3], shape: [5], options: ObserverOptions(batches: 2))
    #expect(observed.maximum == [5])  // 4 + 0.01 × (104 − 4)
    // More parts than rows: one row each.
    let single = try Observer(named: "moving-average").observe(
      [100, 200], shape: [2], options: ObserverOptions(batches: 9))
    #expect(single.maximum == [101])
  }

  @Test(
    "what keeps all values does not mind how they are cut",
    arguments: ["min-max", "percentile", "mse", "octav"])
  func batchesDoNotMatter(name: String) throws {
    let values = GoldenData(kind: "heavy", count: 600, seed: 2, factor: 1).values
    let observer = try Observer(named: name)
    let whole = try observer.observe(values, shape: [60, 10])
    for batches in [2, 7, 60, 1000] {
      let cut = try observer.observe(
        values, shape: [60, 10], options: ObserverOptions(batches: batches))
      #expect(cut == whole)
    }
  }

  @Test(
    "a channel is observed as if it were alone", arguments: Observer.all.map(\.name), [0, 1, 2])
  func channelsAreAlone(name: String, axis: Int) throws {
    let shape = [6, 5, 40]
    let values = GoldenData(kind: "outliers", count: 1200, seed: 4, factor: 1).values
    let observer = try Observer(named: name)
    let observed = try observer.observe(
      values, shape: shape, options: ObserverOptions(bits: 6, channelAxis: axis))
    #expect(observed.ranges.count == shape[axis])
    for channel in 0..<shape[axis] {
      let own = values.indices.filter { index in
        [index / 200, index / 40 % 5, index % 40][axis] == channel
      }.map { values[$0] }
      let alone = try observer.observe(own, shape: [own.count], options: ObserverOptions(bits: 6))
      #expect(observed.ranges[channel] == alone.ranges[0])
      #expect(observed.meanSquaredError[channel] == alone.meanSquaredError[0])
    }
  }

  @Test(
    "feeding batches by hand is what observing in batches does",
    arguments: Observer.all.map(\.name))
  func streamingIsObserving(name: String) throws {
    let values = GoldenData(kind: "growing", count: 900, seed: 8, factor: 1).values
    let observer = try Observer(named: name)
    let options = ObserverOptions(batches: 3)
    var estimator = try observer.makeEstimator(options)
    #expect(throws: ObserverError.noValues) { try estimator.range() }
    try estimator.observe([])
    for start in stride(from: 0, to: 900, by: 300) {
      try estimator.observe(Array(values[start..<start + 300]))
    }
    let streamed = try estimator.range()
    let observed = try observer.observe(values, shape: [900], options: options)
    #expect(streamed == observed.ranges[0])
  }

  @Test("clipping at a small percentile loses the outliers and helps the rest")
  func percentileAgainstMinMax() throws {
    let values = GoldenData(kind: "outliers", count: 20_000, seed: 12, factor: 1).values
    let widest = try Observer(named: "min-max").observe(values, shape: [20_000])
    let best = try Observer(named: "mse").observe(
      values, shape: [20_000], options: ObserverOptions(bits: 4))
    let coarse = try Observer(named: "min-max").observe(
      values, shape: [20_000], options: ObserverOptions(bits: 4))
    let kept = try Observer(named: "percentile").observe(
      values, shape: [20_000], options: ObserverOptions(percentile: 99))
    #expect(best.meanSquaredError[0] < coarse.meanSquaredError[0])
    let range = kept.minimum[0]...kept.maximum[0]
    let inside = values.filter { range.contains(Double($0)) }.count
    #expect(inside == 19_800)  // 1 % of 20,000 is cut, 100 at each end; no two values are equal
    #expect(kept.maximum[0] < widest.maximum[0] / 4)
  }
}
