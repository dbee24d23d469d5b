import Tensors
import Testing

/// Evidence: by hand, by law, and by another framework (numpy and scipy).
struct MomentsTests {
  @Test("of one to four, by hand")
  func byHand() {
    let values: [Float] = [1, 2, 3, 4]
    #expect(values.sum == 10)
    #expect(values.mean == 2.5)
    #expect(values.variance == 1.25)  // (2·1.5² + 2·0.5²) / 4
    #expect(isClose(values.sampleVariance, 5.0 / 3, within: 1e-15))
    #expect(values.skewness == 0)
    // (2·1.5⁴ + 2·0.5⁴) / 4 / 1.25² − 3 = 1.64 − 3
    #expect(isClose(values.kurtosis, -1.36, within: 1e-15))
    #expect(isClose(values.rootMeanSquare, 7.5.squareRoot(), within: 1e-15))
    #expect(([-1, 2, -6] as [Float]).meanMagnitude == 3)
    #expect(([-1, 2, -6] as [Float]).largestMagnitude == 6)
    // Distances −1, −1, 2: third moment 2, variance 2.
    #expect(isClose(([0, 0, 3] as [Float]).skewness, 2 / (2 * 2.0.squareRoot()), within: 1e-15))
  }

  @Test("of nothing, and of one number")
  func degenerate() {
    let none: [Float] = []
    #expect(none.sum == 0)
    #expect(none.mean.isNaN)
    #expect(none.variance.isNaN)
    #expect(none.moments.mean.isNaN)
    #expect(none.largestMagnitude == 0)
    let one: [Float] = [7]
    #expect(one.mean == 7)
    #expect(one.variance == 0)
    #expect(one.sampleVariance.isNaN)
    #expect(one.kurtosis.isNaN)
    #expect(Moments() == none.moments)
  }

  @Test("the largest magnitude passes over NaN and keeps infinity")
  func largest() {
    #expect(([.nan, -2, 1] as [Float]).largestMagnitude == 2)
    #expect(([.nan, -.infinity, 1] as [Float]).largestMagnitude == .infinity)
    #expect(([-0.0] as [Float]).largestMagnitude == 0)
  }

  @Test("arrays, slices, buffers and matrices give the same")
  func conformers() {
    let values = [Float](count: 300, drawnFrom: .laplace(scale: 2), seed: 1)
    let matrix = Matrix(rows: 20, columns: 15, drawnFrom: .laplace(scale: 2), seed: 1)
    #expect(matrix.moments == values.moments)
    #expect(values[...].moments == values.moments)
    #expect(values.withUnsafeBufferPointer { $0.kurtosis } == values.kurtosis)
    #expect(values[100...].mean == Array(values[100...]).mean)
  }

  @Test(
    "moments of parts merge into those of the whole", arguments: [1, 2_047, 2_048, 5_000, 9_999])
  func merging(cut: Int) {
    let values = [Float](count: 10_000, drawnFrom: .studentT(degreesOfFreedom: 6), seed: 2)
    var parts = Moments(of: values[..<cut])
    parts.merge(Moments(of: values[cut...]))
    let whole = values.moments
    #expect(parts.count == 10_000)
    // Sums of 10,000 doubles in another order: below 10⁴ · 2⁻⁵³ ≈ 10⁻¹², relative.
    #expect(isClose(parts.mean, whole.mean, within: 1e-12))
    #expect(isClose(parts.variance, whole.variance, within: 1e-12))
    #expect(isClose(parts.skewness, whole.skewness, within: 1e-11))
    #expect(isClose(parts.kurtosis, whole.kurtosis, within: 1e-11))
    #expect(isClose(whole.variance, values.variance, within: 1e-12))
  }

  @Test("numbers far from zero lose no digits of their spread")
  func farFromZero() {
    // 8,388,608 ± 1: the mean of the squares alone is 7·10¹³, and the variance is 1.
    let values = (0..<10_000).map { Float(0x1p23) + ($0.isMultiple(of: 2) ? 1 : -1) }
    #expect(values.mean == 0x1p23)
    #expect(values.variance == 1)
    #expect(isClose(values.moments.kurtosis, -2, within: 1e-12))
  }

  struct Case: Decodable, Sendable {
    let name: String
    let values: [Float]
    let mean: Double
    let variance: Double
    let sampleVariance: Double
    let skewness: Double
    let kurtosis: Double
  }
  struct Cases: Decodable {
    let cases: [Case]
    let tolerance: Double
  }

  @Test("as numpy and scipy compute them")
  func frameworks() throws {
    let golden = try Golden.load("statistics", as: Cases.self)
    #expect(golden.cases.count == 5)
    for known in golden.cases {
      let values = known.values
      let tolerance = golden.tolerance
      #expect(isClose(values.mean, known.mean, within: tolerance), "\(known.name)")
      #expect(isClose(values.variance, known.variance, within: tolerance), "\(known.name)")
      #expect(
        isClose(values.sampleVariance, known.sampleVariance, within: tolerance), "\(known.name)")
      #expect(isClose(values.skewness, known.skewness, within: tolerance), "\(known.name)")
      #expect(isClose(values.kurtosis, known.kurtosis, within: tolerance), "\(known.name)")
    }
  }
}
