import Tensors
import Testing

/// Evidence: by hand, by law (sorting judges the selection), and by another framework (numpy).
struct QuantileTests {
  @Test(
    "between neighbours in proportion, by hand",
    arguments: [
      (0, 1), (0.25, 1.75), (0.5, 2.5), (1.0 / 3, 2), (0.75, 3.25), (1, 4),
    ] as [(Double, Double)])
  func byHand(share: Double, quantile: Double) {
    // Position share · 3 among 1, 2, 3, 4.
    #expect(([3, 1, 4, 2] as [Float]).quantile(share) == quantile)
  }

  @Test("of one number, of none, and with NaN")
  func degenerate() {
    #expect(([5] as [Float]).quantile(0.3) == 5)
    #expect(([] as [Float]).median.isNaN)
    #expect(([1, .nan, 2] as [Float]).median.isNaN)
    #expect(([1, .nan, 2] as [Float]).quantiles(Array(repeating: 0.5, count: 9))[8].isNaN)
    #expect(([1, .infinity, -.infinity] as [Float]).median == 1)
  }

  @Test("selection finds what sorting finds", arguments: [1, 2, 3, 100, 5_000])
  func againstSorting(count: Int) {
    let drawn = [Float](count: count, drawnFrom: .studentT(degreesOfFreedom: 2), seed: 3)
    let values = drawn.map { ($0 * 8).rounded() / 8 } + [0, -0.0, 0x1p-140, -0x1p-140, 3e38, -3e38]
    let sorted = values.sorted()
    for rank in 0..<min(values.count, 200) {
      #expect(values.orderStatistic(rank) == sorted[rank])
    }
    let shares = (0...20).map { Double($0) / 20 }
    #expect(values.quantiles(shares) == shares.map { values.quantile($0) })
  }

  struct Case: Decodable {
    let name: String
    let values: [Float]
    let shares: [Double]
    let quantiles: [Double]
  }
  struct Cases: Decodable { let cases: [Case] }

  @Test("exactly numpy's default")
  func numpy() throws {
    for known in try Golden.load("statistics", as: Cases.self).cases {
      #expect(known.values.quantiles(known.shares) == known.quantiles, "\(known.name)")
      #expect(known.shares.map { known.values.quantile($0) } == known.quantiles, "\(known.name)")
    }
  }
}
