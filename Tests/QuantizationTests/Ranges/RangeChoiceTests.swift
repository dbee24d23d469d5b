import Glibc
import Grids
import Quantization
import Testing

/// Evidence: by hand, by law and by second implementation (plain loops over the public grid).
@Suite("Choosing a range for a group of weights")
struct RangeChoiceTests {
  @Test("min-max holds every weight and zero")
  func minMaxByHand() {
    #expect(ends(.minMax, [1, -2, 3]) == [-2, 3])
    #expect(ends(.minMax, [1, 3]) == [0, 3])
    #expect(ends(.minMax, [-1, -3]) == [-3, 0])
    #expect(ends(.minMax, [1, -2, 0.5], symmetric: true) == [-2, 2])
  }

  @Test(
    "no weights and zeros give no range",
    arguments: [RangeChoice.minMax, .meanSquaredError(norm: 2), .octav, .percentile(99)])
  func nothingGivesNothing(choice: RangeChoice) {
    #expect(ends(choice, []) == [0, 0])
    #expect(ends(choice, [0, 0, -0.0]) == [0, 0])
  }

  @Test("the percentile drops whole values, counted by hand")
  func percentileByHand() {
    let hundred = (1...100).map { Float($0) - 50 }  // −49 … 50
    // 2 % of 100 dropped, one at each end; symmetric: the two largest magnitudes, 50 and one 49.
    #expect(ends(.percentile(98), hundred) == [-48, 49])
    #expect(ends(.percentile(98), hundred, symmetric: true) == [-49, 49])
    #expect(ends(.percentile(97), hundred, symmetric: true) == [-48, 48])
    #expect(ends(.percentile(99.99), hundred) == [-49, 50])
    #expect(ends(.percentile(100), hundred) == [-49, 50])
    // 99.99 percent of ten thousand drops exactly one, although 100 − 99.99 is not exact.
    let many = (0..<10_000).map { Float($0) }
    #expect(ends(.percentile(99.99), many, symmetric: true) == [-9998, 9998])
    // However little is kept, one value is.
    #expect(ends(.percentile(1e-9), [5, 7], symmetric: true) == [-5, 5])
    #expect(ends(.percentile(1e-9), [5], symmetric: false) == [0, 5])
  }

  @Test(
    "the squared-error search agrees with plain loops over all eighty grids",
    arguments: [2.0, 2.4, 1.0], [false, true])
  func searchAgreesWithLoops(norm: Double, symmetric: Bool) {
    for bits in [2, 3, 4, 8] {
      let levels = IntegerGrid.signed(bits: bits, restricted: symmetric)
      for seed in UInt64(1)...12 {
        let kind = ["normal", "heavy", "relu"][Int(seed % 3)]
        let weights = GoldenData(kind: kind, count: 131, seed: seed, factor: 0.02).values
        let found = range(.meanSquaredError(norm: norm), weights, levels, symmetric)
        let plain = scores(of: weights, norm: norm, levels: levels, symmetric: symmetric)
        let best = plain.min { $0.score < $1.score } ?? plain[0]
        let chosen = plain.min { abs($0.highest - found.highest) < abs($1.highest - found.highest) }
        // Powers and block sums are Floats: candidates this close may change places.
        #expect((chosen?.score ?? .infinity) <= best.score * (1 + 1e-5))
        #expect(abs((chosen?.highest ?? 0) - found.highest) <= 1e-12)
      }
    }
  }

  @Test(
    "the search does not depend on the unit of the weights",
    arguments: [Float(0x1p-100), 0x1p-60, 0x1p60, 0x1p100])
  func searchIsScaleFree(unit: Float) {
    let weights = GoldenData(kind: "heavy", count: 128, seed: 3, factor: 1).values
    for norm in [2.0, 2.4] {
      let plain = ends(.meanSquaredError(norm: norm), weights, bits: 3)
      let scaled = ends(.meanSquaredError(norm: norm), weights.map { $0 * unit }, bits: 3)
      #expect(scaled.map { $0 / Double(unit) } == plain)
    }
  }

  @Test(
    "OCTAV reaches its fixed points for normal data",
    arguments: [(2, 1.739), (3, 2.161), (4, 2.562), (8, 3.924)])
  func octavFixedPoints(bits: Int, expected: Double) {
    // A million normal quantiles at (i + ½)/n: no sampling noise, only the last half cell is cut.
    // The tail beyond 3.9σ holds 96 of them, so a cell there moves the 8-bit point by at most 1 %·σ
    // per cell of its 96, and the three published digits leave 0.0005.
    let count = 1_000_000
    let values = (0..<count).map { Float(normalQuantile((Double($0) + 0.5) / Double(count))) }
    let limit = ends(.octav, values, bits: bits, symmetric: true)[1]
    #expect(abs(limit - expected) < (bits == 8 ? 0.003 : 0.0006))
  }

  @Test("an OCTAV clip is a fixed point of the published iteration")
  func octavIsFixedPoint() {
    for bits in [2, 4, 8] {
      let values = GoldenData(kind: "heavy", count: 5000, seed: 9, factor: 1).values
      let clip = ends(.octav, values, bits: bits, symmetric: true)[1]
      var outside = 0.0
      var outsideCount = 0.0
      var insideCount = 0.0
      for value in values {
        let magnitude = Double(abs(value))
        if magnitude > clip {
          outside += magnitude
          outsideCount += 1
        } else if magnitude > 0 {
          insideCount += 1
        }
      }
      let next = outside / (pow(4, -Double(bits)) / 3 * insideCount + outsideCount)
      #expect(abs(next - clip) <= 1e-9 * clip)  // the iteration stops at 10⁻¹²
    }
  }

  @Test("equal magnitudes are not clipped by OCTAV")
  func octavOfEqualMagnitudes() {
    #expect(ends(.octav, [0.5, -0.5, 0.5], symmetric: true) == [-0.5, 0.5])
    #expect(ends(.octav, [0.5]) == [0, 0.5])
  }

  // MARK: Helpers

  private func ends(
    _ choice: RangeChoice, _ values: [Float], bits: Int = 8, symmetric: Bool = false
  ) -> [Double] {
    let found = range(choice, values, .signed(bits: bits), symmetric)
    return [found.lowest, found.highest]
  }

  private func range(
    _ choice: RangeChoice, _ values: [Float], _ levels: IntegerGrid, _ symmetric: Bool
  ) -> (lowest: Double, highest: Double) {
    values.withUnsafeBufferPointer { choice.range(of: $0, levels: levels, symmetric: symmetric) }
  }

  /// Σ |Q(x) − x|ᵖ for every candidate, in Double, over the public grid.
  private func scores(
    of values: [Float], norm: Double, levels: IntegerGrid, symmetric: Bool
  ) -> [(highest: Double, score: Double)] {
    var low = min(0, Double(values.min() ?? 0))
    var high = max(0, Double(values.max() ?? 0))
    if symmetric {
      high = max(-low, high)
      low = -high
    }
    return (0..<80).map { step in
      let factor = 1 - Double(step) / 100
      let grid =
        symmetric
        ? AffineGrid(symmetric: high * factor, as: levels)
        : AffineGrid(covering: low * factor...high * factor, as: levels)
      let score = values.reduce(0.0) {
        $0 + pow(abs(Double(grid.fakeQuantized($1)) - Double($1)), norm)
      }
      return (high * factor, score)
    }
  }
}
