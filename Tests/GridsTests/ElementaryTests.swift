import Foundation
import Grids
import Testing

@Suite("Elementary functions: against mpmath, and by law")
struct ElementaryTests {
  struct Tables: Decodable {
    let logarithm: [[String]]
    let exponential: [[String]]
    let normalDistribution: [[String]]
    let normalQuantile: [[String]]
  }

  /// The largest relative error of a function over a table of exact values.
  private func worst(
    _ table: [[String]], _ function: (Double) -> Double
  ) throws -> (error: Double, input: Double) {
    var worst = (error: 0.0, input: 0.0)
    for row in table {
      let input = try #require(Double(row[0]))
      let expected = try #require(Double(row[1]))
      let result = function(input)
      let error = expected == 0 ? result.magnitude : ((result - expected) / expected).magnitude
      if !(error <= worst.error) { worst = (error, input) }
    }
    return worst
  }

  @Test("every function is as accurate as its comment says")
  func accuracy() throws {
    let tables = try Golden.load("elementary.json", as: Tables.self)
    // One unit in the last place is at most 2⁻⁵² of the result.
    #expect(try worst(tables.logarithm, logarithm).error <= 0x1p-52)
    #expect(try worst(tables.exponential, exponential).error <= 0x1p-52)
    #expect(try worst(tables.normalDistribution, normalDistribution).error <= 1e-14)
    #expect(try worst(tables.normalQuantile, normalQuantile).error <= 2e-15)
  }

  @Test("over many inputs they stay within one unit of the C library's")
  func againstLibrary() {
    for value in uniform(100_000, from: -40, to: 40, seed: 1) {
      let power = exponential(value)
      // The library is within one unit too, so the two differ by two at most.
      #expect((power - exp(value)).magnitude <= 2 * power.ulp)
      #expect((logarithm(power) - log(power)).magnitude <= 2 * log(power).ulp)
      let nearOne = 1 + value / 400
      #expect((logarithm(nearOne) - log(nearOne)).magnitude <= 2 * log(nearOne).ulp)
    }
  }

  @Test("values at the edges")
  func edges() {
    #expect(logarithm(1) == 0)
    #expect(logarithm(0) == -.infinity)
    #expect(logarithm(-1).isNaN)
    #expect(logarithm(.infinity) == .infinity)
    #expect(logarithm(.nan).isNaN)
    #expect(exponential(0) == 1)
    #expect(exponential(709.78) < .infinity)
    #expect(exponential(709.79) == .infinity)
    #expect(exponential(.infinity) == .infinity)
    #expect(exponential(-.infinity) == 0)
    #expect(exponential(-745) == .leastNonzeroMagnitude)
    #expect(exponential(-746) == 0)
    #expect(exponential(.nan).isNaN)
    #expect(normalDistribution(0) == 0.5)
    #expect(normalDistribution(-.infinity) == 0)
    #expect(normalDistribution(.infinity) == 1)
    #expect(normalDensity(.infinity) == 0)
    #expect(normalDistribution(.nan).isNaN)
    #expect(normalQuantile(0.5) == 0)
    #expect(normalQuantile(0) == -.infinity)
    #expect(normalQuantile(1) == .infinity)
    #expect(normalQuantile(-0.1).isNaN)
    #expect(normalQuantile(1.1).isNaN)
    #expect(normalQuantile(.nan).isNaN)
  }

  @Test("the subnormal end of the exponential equals the C library's to one unit")
  func subnormalExponential() {
    for value in uniform(2000, from: -745, to: -705, seed: 6) {
      #expect((exponential(value) - exp(value)).magnitude <= 2 * exp(value).ulp)
    }
  }

  @Test("the quantile undoes the distribution")
  func quantileInvertsDistribution() {
    for value in uniform(4000, from: -8, to: 5, seed: 2) {
      let probability = normalDistribution(value)
      // Errors of Φ (relative 1e-14, or one unit in the last place) are divided by φ on the way back.
      let tolerance =
        1e-14 * probability / normalDensity(value) + 4e-15 * max(value.magnitude, 1)
      #expect((normalQuantile(probability) - value).magnitude <= tolerance)
    }
  }

  @Test("the distribution is symmetric and rises")
  func distributionLaws() {
    var last = 0.0
    for step in -800...800 {
      let value = Double(step) / 100
      let probability = normalDistribution(value)
      #expect((probability + normalDistribution(-value) - 1).magnitude <= 0x1p-51)
      #expect(probability >= last)
      last = probability
    }
  }
}
