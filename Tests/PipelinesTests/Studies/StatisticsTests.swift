import Pipelines
import TestSupport
import Testing

/// Evidence: by another framework, SciPy; the script stands beside its numbers.
struct StudyStatisticsTests {
  private struct Golden: Decodable {
    struct Interval: Decodable {
      let values: [Double]
      let mean, deviation, low, high: Double
      let effect: [Double]
    }
    struct Pairs: Decodable {
      let first, second: [Double]
      let linear, low, high, rank, slope: Double
    }
    struct Share: Decodable {
      let hits, count: Int
      let low, high: Double
    }
    let tolerance: Double
    let intervals: [Interval]
    let correlations: [Pairs]
    let shares: [Share]
  }

  private let golden: Golden

  init() throws {
    golden = try TestFiles.golden("studies/statistics.json", as: Golden.self)
  }

  private func agree(_ own: Double, _ other: Double) -> Bool {
    abs(own - other) <= golden.tolerance * max(1, abs(other))
  }

  @Test("intervals of means are Student's, for odd and even numbers of runs")
  func means() {
    #expect(golden.intervals.count == 8)
    for known in golden.intervals {
      let own = MeanInterval(known.values)
      #expect(agree(own.mean, known.mean) && agree(own.deviation, known.deviation))
      #expect(agree(own.low, known.low), "\(own.low) \(known.low)")
      #expect(agree(own.high, known.high))
    }
  }

  @Test("an effect's interval is that of the noncentral t")
  func effects() throws {
    for known in golden.intervals {
      let own = try #require(MeanInterval(known.values).effectSizeInterval)
      // Both look for a root, SciPy's of a distribution that is itself good to about ten digits.
      let tolerance = 1e-7 * max(1, abs(known.effect[0]), abs(known.effect[1]))
      #expect(abs(own.low - known.effect[0]) < tolerance, "\(own.low) \(known.effect[0])")
      #expect(abs(own.high - known.effect[1]) < tolerance, "\(own.high) \(known.effect[1])")
    }
    #expect(MeanInterval([3]).effectSizeInterval == nil)
    #expect(MeanInterval([3, 3]).effectSizeInterval == nil)
  }

  @Test("a single run has no interval, and a spread of nothing no effect size")
  func single() {
    let one = MeanInterval([3])
    #expect(one.mean == 3 && one.deviation == 0 && one.effectSize == nil)
    #expect(one.low < -1e300 && one.high > 1e300)
    #expect(StudyVerdict.of(one, atLeast: 0) == .undecided)
    #expect(MeanInterval([1, 3]).effectSize == 2 / 2.0.squareRoot())
  }

  @Test("a verdict needs the whole interval")
  func verdicts() {
    let interval = MeanInterval([0.2, 0.3, 0.25])
    #expect(StudyVerdict.of(interval, atLeast: 0.1) == .holds)
    #expect(StudyVerdict.of(interval, atLeast: 0.25) == .undecided)
    #expect(StudyVerdict.of(interval, atLeast: 0.9) == .fails)
  }

  @Test("correlations: Pearson with Fisher's interval, Spearman with ties, the slope")
  func correlations() throws {
    for known in golden.correlations {
      let own = try #require(Correlation(known.first, known.second))
      #expect(own.count == known.first.count)
      #expect(agree(own.linear, known.linear) && agree(own.slope, known.slope))
      #expect(agree(own.rank, known.rank))
      // SciPy's normal quantile and ours agree to the last bits; the tangent loses a few.
      #expect(agree(own.low, known.low), "\(own.low) \(known.low)")
      #expect(agree(own.high, known.high))
    }
    #expect(Correlation([1, 2, 3], [1, 2, 3]) == nil)
    #expect(Correlation([1, 1, 1, 1], [1, 2, 3, 4]) == nil)
    #expect(Correlation([1, 2, 3, 4], [2, 4, 6, 8])?.linear == 1)
  }

  @Test("Wilson's interval, at the ends too")
  func shares() {
    for known in golden.shares {
      let own = ShareInterval(known.hits, of: known.count)
      #expect(agree(own.low, known.low) && agree(own.high, known.high))
      #expect(own.share == Double(known.hits) / Double(known.count))
    }
  }
}
