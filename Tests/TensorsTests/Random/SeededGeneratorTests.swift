import Tensors
import Testing

/// Evidence: by second implementation (Python's integers), by another framework (scipy's quantiles),
/// by hand, and by law.
struct SeededGeneratorTests {
  struct Case: Decodable {
    let seed: String
    let bits: [String]
    let uniform: [Double]
    let normal: [Double]
    let laplace: [Double]
    let studentT5: [Double]
  }
  struct Cases: Decodable {
    let cases: [Case]
    let tolerance: Double
  }

  @Test("the first numbers of known seeds")
  func golden() throws {
    let golden = try Golden.load("random", as: Cases.self)
    #expect(golden.cases.count == 4)
    for known in golden.cases {
      let seed = try #require(UInt64(known.seed))
      var generator = SeededGenerator(seed: seed)
      #expect(known.bits == known.bits.map { _ in "\(generator.next())" })
      generator = SeededGenerator(seed: seed)
      #expect(known.uniform == known.uniform.map { _ in generator.uniform() })
      for (distribution, expected) in [
        (Distribution.normal(), known.normal), (.laplace(scale: 0.5), known.laplace),
        (.studentT(degreesOfFreedom: 5), known.studentT5),
      ] {
        generator = SeededGenerator(seed: seed)
        for value in expected {
          let drawn = distribution.sample(using: &generator)
          #expect(isClose(drawn, value, within: golden.tolerance), "\(distribution) \(seed)")
        }
      }
    }
  }

  @Test("frozen: these numbers must never change, or every chapter does")
  func frozen() {
    var generator = SeededGenerator(seed: 1)
    #expect(generator.next() == 14_971_601_782_005_023_387)
    let normal = [Float](count: 4, drawnFrom: .normal(), seed: 1)
    #expect(normal == [0.8838528, 0.66540647, -1.2806922, 0.662632])
    #expect(
      [Float](count: 3, drawnFrom: .uniform(-1...3), seed: 1)
        == [2.2464485, 1.9884188, -0.5993964])
    #expect(
      [Float](count: 3, drawnFrom: .studentT(degreesOfFreedom: 3), seed: 1)
        == [0.8107993, -0.43578398, -1.4457262])
    #expect(
      [Float](count: 3, drawnFrom: .laplace(scale: 1), seed: 1)
        == [0.9761053, 0.6816326, -1.6079301])
    generator = SeededGenerator(seed: 1)
    #expect(generator.choose(4, from: 100) == [49, 77, 96, 97])
    var order = Array(0..<6)
    generator.shuffle(&order)
    #expect(order == [3, 4, 2, 1, 0, 5])
  }

  @Test("the same seed gives the same numbers, another seed others")
  func seeds() {
    let first = Matrix(rows: 3, columns: 5, drawnFrom: .normal(), seed: 7)
    #expect(first == Matrix(rows: 3, columns: 5, drawnFrom: .normal(), seed: 7))
    #expect(first != Matrix(rows: 3, columns: 5, drawnFrom: .normal(), seed: 8))
    #expect(first.elements == [Float](count: 15, drawnFrom: .normal(), seed: 7))
    var left = SeededGenerator(seed: 1)
    var right = left
    #expect(left.next() == right.next())
    #expect(left == right)
  }

  @Test("uniform numbers stay in their interval")
  func intervals() {
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<10_000 {
      let half = generator.uniform()
      #expect(half >= 0 && half < 1)
      let open = generator.openUniform()
      #expect(open > 0 && open < 1)
    }
    let values = [Float](count: 10_000, drawnFrom: .uniform(0.1...0.1000001), seed: 4)
    #expect(values.allSatisfy { $0 >= Float(0.1) && $0 <= Float(0.1000001) })
  }

  @Test("whole numbers below a bound are equally likely", arguments: [1, 2, 3, 10, 257])
  func wholeNumbers(bound: Int) {
    var generator = SeededGenerator(seed: UInt64(bound))
    var counts = [Int](repeating: 0, count: bound)
    let draws = 1_000 * bound
    for _ in 0..<draws { counts[generator.below(bound)] += 1 }
    // Chi-squared with bound − 1 degrees of freedom: mean bound − 1, variance 2 (bound − 1).
    let chiSquared = counts.reduce(0.0) { $0 + Double(($1 - 1_000) * ($1 - 1_000)) / 1_000 }
    let freedom = Double(bound - 1)
    #expect(abs(chiSquared - freedom) <= 5 * (2 * freedom).squareRoot())
  }

  @Test("a bound that does not divide 2⁶⁴ favours no number")
  func noBias() {
    // Below 3 · 2⁶¹ there are 8/3 words for each number: taken as they come, every third number would
    // get two words and the others three, shares of 3/8, 3/8 and 1/4 instead of thirds.
    var generator = SeededGenerator(seed: 8)
    var counts = [0, 0, 0]
    for _ in 0..<30_000 { counts[generator.below(3 << 61) % 3] += 1 }
    // 30,000 draws at 1/3, deviation √(30000 · 2/9) = 81.6.
    #expect(counts.allSatisfy { abs($0 - 10_000) <= 5 * 82 })
  }

  @Test("a choice is distinct, ascending and fair")
  func choices() {
    var generator = SeededGenerator(seed: 5)
    #expect(generator.choose(0, from: 3) == [])
    #expect(generator.choose(3, from: 3) == [0, 1, 2])
    var counts = [Int](repeating: 0, count: 10)
    for _ in 0..<5_000 {
      let chosen = generator.choose(3, from: 10)
      #expect(Set(chosen).count == 3 && chosen == chosen.sorted())
      for place in chosen { counts[place] += 1 }
    }
    // Each place: 5,000 draws at 3/10, deviation √(5000 · 0.3 · 0.7) = 32.4.
    #expect(counts.allSatisfy { abs($0 - 1_500) <= 5 * 33 })
  }

  @Test("shuffling is a permutation, and every order comes")
  func shuffling() {
    var generator = SeededGenerator(seed: 6)
    var seen: [[Int]: Int] = [:]
    for _ in 0..<6_000 {
      var order = [0, 1, 2]
      generator.shuffle(&order)
      seen[order, default: 0] += 1
    }
    #expect(seen.count == 6)
    // Each of six orders: 6,000 draws at 1/6, deviation √(1000 · 5/6) = 28.9.
    #expect(seen.values.allSatisfy { abs($0 - 1_000) <= 5 * 29 })
  }
}
