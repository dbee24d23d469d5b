import Grids
import Testing

@Suite("Rounding: by hand and by law")
struct RoundingTests {
  @Test(
    "ties are where the rules differ",
    arguments: [
      (-2.5, -2, -3, -2), (-1.5, -2, -2, -1), (-0.5, 0, -1, 0), (0.5, 0, 1, 1), (1.5, 2, 2, 2),
      (2.5, 2, 3, 3), (42.5, 42, 43, 43), (0.25, 0, 0, 0), (-0.75, -1, -1, -1),
    ] as [(Double, Double, Double, Double)])
  func ties(value: Double, even: Double, away: Double, upward: Double) {
    #expect(Rounding.halfToEven.round(value) == even)
    #expect(Rounding.halfAwayFromZero.round(value) == away)
    #expect(Rounding.halfUp.round(value) == upward)
    #expect(Rounding.halfToEven.round(Float(value)) == Float(even))
    #expect(Rounding.halfAwayFromZero.round(Float(value)) == Float(away))
    #expect(Rounding.halfUp.round(Float(value)) == Float(upward))
  }

  @Test(
    "the number just below one half rounds to zero, where floor(x + 0.5) gives one",
    arguments: [Rounding.halfToEven, .halfAwayFromZero, .halfUp])
  func justBelowHalf(rounding: Rounding) {
    let below = Float(0.5).nextDown
    #expect((below + 0.5).rounded(.down) == 1)  // the trap
    #expect(rounding.round(below) == 0)
    #expect(rounding.round(Double(0.5).nextDown) == 0)
  }

  @Test("away from zero agrees with the standard library's rule on all kinds of numbers")
  func awayAgreesWithStandardLibrary() {
    for (index, exponent) in uniform(20_000, from: -30, to: 40, seed: 1).enumerated() {
      let bits = CounterGenerator(seed: 2).bits(at: index)
      let sign: FloatingPointSign = bits & 1 == 0 ? .plus : .minus
      let halves = Float(
        sign: sign, exponent: Int(exponent), significand: 1 + Float(bits >> 60) / 16)
      #expect(Rounding.halfAwayFromZero.round(halves) == halves.rounded())
      #expect(Rounding.halfUp.round(Double(halves)) == (Double(halves) + 0.5).rounded(.down))
    }
  }

  @Test(
    "infinities and NaN return themselves",
    arguments: [Rounding.halfToEven, .halfAwayFromZero, .halfUp, .stochastic(seed: 4)])
  func nonFinite(rounding: Rounding) {
    #expect(rounding.round(Float.infinity) == .infinity)
    #expect(rounding.round(-Double.infinity) == -.infinity)
    #expect(rounding.round(Float.nan).isNaN)
    #expect(rounding.round(Double.nan).isNaN)
  }

  @Test("SplitMix64's published first outputs for a known state")
  func counterBitsAreSplitMix() {
    // SplitMix64 from state 0 begins 0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F
    // (Vigna's reference program). The scramble of 0 is 0, so seed 0 starts from that state.
    let generator = CounterGenerator(seed: 0)
    #expect(generator.bits(at: 0) == 0xE220_A839_7B1D_CDAF)
    #expect(generator.bits(at: 1) == 0x6E78_9E6A_A1B9_65F4)
    #expect(generator.bits(at: 2) == 0x06C4_5D18_8009_454F)
  }

  @Test("stochastic rounding repeats itself and differs between seeds and positions")
  func stochasticIsReproducible() {
    let draws = (0..<64).map { Rounding.stochastic(seed: 7).round(Float(0.5), at: $0) }
    #expect(draws == (0..<64).map { Rounding.stochastic(seed: 7).round(Float(0.5), at: $0) })
    #expect(draws != (0..<64).map { Rounding.stochastic(seed: 8).round(Float(0.5), at: $0) })
    #expect(Set(draws) == [0, 1])
  }

  @Test(
    "stochastic rounding has the number itself as its mean",
    arguments: [-2.25, -0.1, 0, 0.01, 0.5, 3.9] as [Double])
  func stochasticIsUnbiased(value: Double) {
    let count = 100_000
    let rounding = Rounding.stochastic(seed: 11)
    let mean = (0..<count).map { rounding.round(value, at: $0) }.reduce(0, +) / Double(count)
    let fraction = value - value.rounded(.down)
    // Five standard errors of a coin with that probability; the seed is fixed, so it never flickers.
    let tolerance = 5 * (fraction * (1 - fraction) / Double(count)).squareRoot()
    #expect((mean - value).magnitude <= tolerance)
  }

  @Test("stochastic rounding never moves a whole number")
  func stochasticKeepsIntegers() {
    for index in 0..<1000 {
      #expect(Rounding.stochastic(seed: 3).round(Float(-5), at: index) == -5)
    }
  }
}
