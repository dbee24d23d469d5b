import Grids
import Testing

@Suite("Fitted codebooks: Lloyd-Max, k-means and ternary")
struct FittedCodebookTests {
  struct LloydMaxTable: Decodable {
    let levels: [String: [String]]
  }

  private func squaredError(_ samples: [Float], _ fake: (Float) -> Float) -> Double {
    samples.reduce(0) { sum, value in
      let difference = Double(value) - Double(fake(value))
      return sum + difference * difference
    }
  }

  @Test("Lloyd-Max levels of the normal density equal SciPy's solution and Max's table")
  func normalLevels() throws {
    let golden = try Golden.load("lloyd-max.json", as: LloydMaxTable.self).levels
    #expect(golden.count == 5)
    for (count, expected) in golden {
      let codebook = try Codebook.lloydMaxNormal(levels: try #require(Int(count)))
      #expect(codebook.levels.count == expected.count)
      for (level, text) in zip(codebook.levels, expected) {
        let value = try #require(Double(text))
        #expect((Double(level) - value).magnitude <= 1e-9 + Double(level.ulp) / 2)
      }
    }
    // Max 1960, table I, four levels.
    let four = try Codebook.lloydMaxNormal(levels: 4).levels
    #expect((four[2] - 0.4528).magnitude < 5e-5)
    #expect((four[3] - 1.510).magnitude < 5e-4)
  }

  @Test(
    "the mean squared error of 2 and 4 bits is the published one",
    arguments: [(4, 0.1175), (16, 0.009_50)] as [(Int, Double)])
  func normalError(count: Int, expected: Double) throws {
    // At the optimum E(x − x̂)² = 1 − E x̂², and a cell's probability comes from Φ.
    let levels = try Codebook.lloydMaxNormal(levels: count).levels.map { Double($0) }
    let ends =
      [-Double.infinity] + zip(levels, levels.dropFirst()).map { ($0 + $1) / 2 } + [.infinity]
    let power = levels.indices.reduce(0.0) { sum, index in
      let mass = normalDistribution(ends[index + 1]) - normalDistribution(ends[index])
      return sum + mass * levels[index] * levels[index]
    }
    #expect((1 - power - expected).magnitude < 1e-4 * (count == 4 ? 1 : 0.1))
  }

  @Test(
    "every count up to 256 converges to levels that are the means of their cells",
    arguments: [1, 5, 32, 100, 256])
  func normalConditions(count: Int) throws {
    let levels = try Codebook.lloydMaxNormal(levels: count).levels.map { Double($0) }
    #expect(levels.count == count)
    for index in levels.indices {
      #expect(levels[index] == -levels[count - 1 - index])
      let lower = index == 0 ? -.infinity : (levels[index - 1] + levels[index]) / 2
      let upper = index == count - 1 ? .infinity : (levels[index] + levels[index + 1]) / 2
      // Simpson's rule over the cell, cut at ±9 where the density is 10⁻¹⁸.
      let steps = 2000
      let start = max(lower, -9)
      let width = (min(upper, 9) - start) / Double(steps)
      var mass = 0.0
      var moment = 0.0
      for step in 0...steps {
        let weight = step == 0 || step == steps ? 1.0 : (step % 2 == 1 ? 4 : 2)
        let position = start + width * Double(step)
        mass += weight * normalDensity(position)
        moment += weight * normalDensity(position) * position
      }
      // Levels are rounded to Float, whose unit at 4 is 2.4e-7 and moves a cell's mean by that much.
      #expect((moment / mass - levels[index]).magnitude < 1e-6)
    }
  }

  @Test("k-means equals the best of all ways to cut a small list", arguments: 0..<20)
  func kMeansIsExact(seed: UInt64) throws {
    let samples = normal(9, seed: seed).map { ($0 * 4).rounded() / 4 }  // with repeated values
    let codebook = try Codebook.kMeans(of: samples, levels: 3)
    let found = squaredError(samples) { codebook.fakeQuantized($0) }
    let sorted = samples.sorted()
    var best = Double.infinity
    for first in 1..<8 {
      for second in (first + 1)..<9 {
        let cells = [sorted[..<first], sorted[first..<second], sorted[second...]]
        let cost = cells.reduce(0.0) { sum, cell in
          let mean = cell.reduce(0.0) { $0 + Double($1) } / Double(cell.count)
          return sum + cell.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
        }
        best = min(best, cost)
      }
    }
    #expect((found - best).magnitude < 1e-6)  // levels are rounded to Float
  }

  @Test("k-means is never worse than Lloyd's iteration, which is never worse than its start")
  func ordering() throws {
    for seed in 30..<40 {
      let samples = normal(3000, seed: UInt64(seed)).map { $0 * $0 * $0 }  // heavy tails
      let exact = try Codebook.kMeans(of: samples, levels: 8)
      let local = try Codebook.lloydMax(of: samples, levels: 8)
      let sorted = samples.sorted()
      let start = Codebook(levels: (0..<8).map { sorted[(2 * $0 + 1) * 3000 / 16] })
      let errors = [exact, local, start].map { book in
        squaredError(samples) { book.fakeQuantized($0) }
      }
      #expect(errors[0] <= errors[1] * (1 + 1e-6))  // levels are rounded to Float
      #expect(errors[1] <= errors[2] * (1 + 1e-6))
    }
  }

  @Test("Lloyd's iteration starts where it ends near the best, however many levels and heavy tails")
  func nearTheBest() throws {
    // Few enough distinct samples: exactly the best cells.
    let few = normal(2000, seed: 60).map { $0 * $0 * $0 }
    for levels in [2, 16, 200] {
      let exact = try Codebook.kMeans(of: few, levels: levels)
      #expect(try Codebook.lloydMax(of: few, levels: levels).levels == exact.levels)
    }
    // Many: started at quantiles, 256 levels end at two to eight times the least error.
    let many = normal(20_000, seed: 61)
    for samples in [many, many.map { $0 * $0 * $0 }, many.map { max($0, 0) }] {
      for levels in [4, 16, 256] {
        let errors = [
          try Codebook.kMeans(of: samples, levels: levels),
          try Codebook.lloydMax(of: samples, levels: levels),
        ].map { book in squaredError(samples) { book.fakeQuantized($0) } }
        #expect(errors[1] <= errors[0] * 1.05, "\(levels) levels")
      }
    }
  }

  @Test("on many normal samples both come close to the density's own levels")
  func samplesOfDensity() throws {
    let samples = normal(200_000, seed: 50)
    let expected = try Codebook.lloydMaxNormal(levels: 4).levels
    for book in [
      try Codebook.lloydMax(of: samples, levels: 4), try Codebook.kMeans(of: samples, levels: 4),
    ] {
      for (level, ideal) in zip(book.levels, expected) {
        // A level is a mean over some 30,000 samples with deviation below 0.5: five standard errors,
        // doubled because its cell's ends move with it.
        #expect((level - ideal).magnitude < 0.03)
      }
    }
  }

  @Test("fewer distinct samples than levels are all kept")
  func fewSamples() throws {
    #expect(try Codebook.kMeans(of: [2, 1, 2, 1], levels: 16).levels == [1, 2])
    #expect(try Codebook.lloydMax(of: [2, 1, 2, 1], levels: 16).levels == [1, 2])
    #expect(try Codebook.kMeans(of: [1, 2, 6], levels: 1).levels == [3])
    #expect(try Codebook.lloydMax(of: [1, 2, 6], levels: 1).levels == [3])
  }

  @Test("lists from outside are refused with the reason")
  func refusals() {
    #expect(throws: GridError.noValues) { try Codebook.kMeans(of: [], levels: 2) }
    #expect(throws: GridError.levelCount(0)) { try Codebook.lloydMax(of: [1], levels: 0) }
    #expect(throws: GridError.levelCount(300)) { try Codebook.lloydMaxNormal(levels: 300) }
    #expect(throws: GridError.valueNotFinite(index: 1)) {
      try Codebook.kMeans(of: [1, .infinity], levels: 2)
    }
    #expect(throws: GridError.noValues) { try TernaryGrid.leastSquares(of: []) }
    #expect(throws: GridError.valueNotFinite(index: 0)) {
      try TernaryGrid.absoluteMean(of: [.nan])
    }
  }

  @Test("BitNet's grid by hand: mean magnitude 1.5, so 0.75 is the threshold")
  func absoluteMean() throws {
    let grid = try TernaryGrid.absoluteMean(of: [3, -2, 0.5, -0.5], epsilon: 0)
    #expect(grid.scale == 1.5)
    let codes = [3, -2, 0.75, -0.5].map { grid.encode($0) }
    #expect(codes == [1, -1, 0, 0])  // 0.75 is a tie and goes to the even code
    #expect(grid.encode(Float(0.75).nextUp) == 1)
    #expect(grid.encode(.nan) == 0)
    #expect(grid.decode(-1) == -1.5)
    let zeros = try TernaryGrid.absoluteMean(of: [0, 0])
    #expect(zeros.fakeQuantized(0) == 0)
  }

  @Test("least squares by hand: keeping 3 and −2 gains 25/2, keeping three 30.25/3")
  func leastSquaresByHand() throws {
    let grid = try TernaryGrid.leastSquares(of: [3, -2, 0.5, -0.5])
    #expect(grid.scale == 2.5)
    #expect(grid.threshold == 1.25)
    #expect(try TernaryGrid.leastSquares(of: [0, 0]).scale == 0)
  }

  @Test("least squares beats every threshold with its best scale", arguments: 0..<10)
  func leastSquaresIsOptimal(seed: UInt64) throws {
    let weights = normal(200, seed: seed)
    let grid = try TernaryGrid.leastSquares(of: weights)
    let found = squaredError(weights) { grid.fakeQuantized($0) }
    for threshold in weights.map({ $0.magnitude.nextDown }) {
      let kept = weights.filter { $0.magnitude > threshold }
      let scale = kept.reduce(0.0) { $0 + Double($1.magnitude) } / Double(kept.count)
      let error = squaredError(weights) { value in
        guard value.magnitude > threshold else { return 0 }
        return value < 0 ? -Float(scale) : Float(scale)
      }
      #expect(found <= error * (1 + 1e-6))  // the scale is rounded to Float
    }
  }

  @Test("on normal weights: error 0.264 and 31% zeros for BitNet, 0.190 at 0.61σ for the best")
  func ternaryOnNormalWeights() throws {
    // Expected values from integrals over the density; the sample's standard errors are below 0.002.
    let weights = normal(200_000, seed: 60)
    let mean = try TernaryGrid.absoluteMean(of: weights)
    let best = try TernaryGrid.leastSquares(of: weights)
    let count = Double(weights.count)
    #expect((squaredError(weights) { mean.fakeQuantized($0) } / count - 0.264).magnitude < 0.004)
    #expect((squaredError(weights) { best.fakeQuantized($0) } / count - 0.190).magnitude < 0.003)
    let zeros = Double(weights.count { mean.encode($0) == 0 }) / count
    #expect((zeros - 0.31).magnitude < 0.005)
    #expect((best.threshold - 0.612).magnitude < 0.01)
  }
}
