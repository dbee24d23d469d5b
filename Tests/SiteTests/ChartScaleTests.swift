import Course
import Testing

/// Scales and their ticks.
///
/// Evidence: by hand and by law.
@Suite("Chart scales")
struct ChartScaleTests {
  @Test("positions run from 0 at the lowest to 1 at the highest value")
  func positions() {
    let scale = ChartScale(covering: [2, 10, 6, .nan], isLogarithmic: false)
    #expect(scale.position(of: 2) == 0)
    #expect(scale.position(of: 6) == 0.5)
    #expect(scale.position(of: 10) == 1)
    #expect(scale.position(of: .infinity) == nil)
  }

  @Test("equal ratios are equal distances on a logarithmic scale")
  func logarithmic() throws {
    let scale = ChartScale(covering: [0.01, 1, 100], isLogarithmic: true)
    // log10 of 0.01, 1, 100 is −2, 0, 2: exact in binary, so the middle is exactly one half.
    #expect(scale.position(of: 1) == 0.5)
    #expect(scale.position(of: 0) == nil)
    #expect(scale.position(of: -1) == nil)
    #expect(scale.ticks(about: 5) == [0.01, 0.1, 1, 10, 100])
  }

  @Test("ticks are multiples of 1, 2 or 5 inside the range")
  func ticks() {
    let scale = ChartScale(covering: [-2.4, 3.6], isLogarithmic: false)
    #expect(scale.ticks(about: 4) == [-2, 0, 2])
    let fraction = ChartScale(covering: [0, 0.3], isLogarithmic: false)
    #expect(fraction.ticks(about: 3) == [0, 0.1, 0.2, 0.3])
  }

  @Test("ticks stay inside any range, and there are two at least or the ends", arguments: 0..<400)
  func ticksInside(seed: Int) {
    // Ranges over 40 decades on both sides of zero, made from the seed without a generator.
    let magnitude = Double(seed % 40) - 20
    let low = Double((seed * 37) % 101 - 50) * power(magnitude)
    let high = low + Double((seed * 61) % 97 + 1) * power(Double((seed * 7) % 30) - 15)
    for isLogarithmic in [false, true] {
      let scale = ChartScale(covering: [low, high], isLogarithmic: isLogarithmic)
      #expect(scale.lowest < scale.highest)
      let ticks = scale.ticks(about: 4)
      #expect((1...12).contains(ticks.count))
      for tick in ticks {
        let place = scale.position(of: tick) ?? -1
        #expect(place > -1e-6 && place < 1 + 1e-6)  // ticks allow a hair of 1e-9 steps
      }
      #expect(ChartNumber.labels(of: ticks, isLogarithmic: isLogarithmic).count == ticks.count)
    }
  }

  private func power(_ exponent: Double) -> Double {
    (0..<Int(abs(exponent))).reduce(1) { value, _ in exponent < 0 ? value / 10 : value * 10 }
  }

  @Test("nothing to cover gives a scale all the same")
  func degenerate() {
    #expect(ChartScale(covering: [], isLogarithmic: false).highest == 1)
    #expect(ChartScale(covering: [-1, 0], isLogarithmic: true).lowest == 1)
    let single = ChartScale(covering: [4], isLogarithmic: false)
    #expect(single.lowest == 2 && single.highest == 6)
    let bars = ChartScale(covering: [3, 4], isLogarithmic: false, includesZero: true)
    #expect(bars.lowest == 0)
  }

  @Test(
    "numbers read as a person would write them",
    arguments: [
      (0, "0"), (0.5, "0.5"), (-71, "−71"), (1234.5, "1234"), (0.0235294, "0.02353"),
      (6.1e-5, "6.1·10⁻⁵"), (2.5e9, "2.5·10⁹"), (.infinity, "∞"), (.nan, "NaN"),
      (999_999.6, "1000000"),
    ] as [(Double, String)])
  func numbers(value: Double, text: String) {
    #expect(ChartNumber.text(value) == text)
  }

  @Test("tick labels share their decimals, and far powers their notation")
  func labels() {
    #expect(
      ChartNumber.labels(of: [-0.5, 0, 0.5], isLogarithmic: false) == ["−0.5", "0.0", "0.5"])
    #expect(
      ChartNumber.labels(of: [0.0001, 0.01, 1], isLogarithmic: true) == ["10⁻⁴", "10⁻²", "10⁰"])
    #expect(ChartNumber.labels(of: [1, 10, 100], isLogarithmic: true) == ["1", "10", "100"])
  }
}
