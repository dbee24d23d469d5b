import Tensors
import Testing

/// Evidence: by law.
///
/// Each tolerance is five standard errors of what is estimated: a right generator misses one in 1.7
/// million seeds, and the seeds are fixed.
struct DistributionTests {
  let count = 200_000
  var size: Double { Double(count) }

  /// A distribution and its standardized even moments.
  struct Shape: Sendable {
    let distribution: Distribution
    let mean: Double
    let variance: Double
    let fourth: Double
    let sixth: Double
    let eighth: Double
  }

  @Test(
    "mean, variance, skewness and kurtosis",
    arguments: [
      Shape(distribution: .normal(), mean: 0, variance: 1, fourth: 3, sixth: 15, eighth: 105),
      Shape(
        distribution: .normal(mean: -3, deviation: 0.5), mean: -3, variance: 0.25, fourth: 3,
        sixth: 15, eighth: 105),
      // of width w: w^k / (2^k (k + 1)), over (w² / 12)^(k/2)
      Shape(
        distribution: .uniform(-1...3), mean: 1, variance: 16.0 / 12, fourth: 9.0 / 5,
        sixth: 27.0 / 7, eighth: 9),
      // k! b^k, over (2 b²)^(k/2)
      Shape(
        distribution: .laplace(scale: 2), mean: 0, variance: 8, fourth: 6, sixth: 90, eighth: 2_520),
    ])
  func moments(shape: Shape) {
    let found = [Float](count: count, drawnFrom: shape.distribution, seed: 12).moments
    let root = size.squareRoot()
    #expect(abs(found.mean - shape.mean) <= 5 * shape.variance.squareRoot() / root)
    // Large-sample variances for symmetric distributions, from the delta method.
    let ofVariance = shape.fourth - 1
    let ofSkewness = shape.sixth - 6 * shape.fourth + 9
    let fourthCubed = shape.fourth * shape.fourth * shape.fourth
    let ofKurtosis =
      shape.eighth - 4 * shape.sixth * shape.fourth + 4 * fourthCubed - shape.fourth * shape.fourth
    #expect(
      abs(found.variance - shape.variance) <= 5 * shape.variance * ofVariance.squareRoot() / root)
    #expect(abs(found.skewness) <= 5 * ofSkewness.squareRoot() / root)
    #expect(abs(found.kurtosis - (shape.fourth - 3)) <= 5 * ofKurtosis.squareRoot() / root)
  }

  @Test(
    "as many below a quantile as there should be",
    arguments: [
      // from the tables of each distribution
      (Distribution.normal(), -1.959_963_985, 0.025), (.normal(), 0.674_489_750, 0.75),
      (.normal(), 3.090_232_306, 0.999),
      (.studentT(degreesOfFreedom: 1), 1, 0.75),  // Cauchy's: ½ + arctan(1)/π
      (.studentT(degreesOfFreedom: 2), 0.816_496_581, 0.75),  // √(2/3)
      (.studentT(degreesOfFreedom: 5), 2.015_048_373, 0.95),
      (.studentT(degreesOfFreedom: 5), -3.364_929_999, 0.01),
      (.studentT(degreesOfFreedom: 2.5), 0, 0.5),
      (.laplace(scale: 1), -0.693_147_181, 0.25), (.laplace(scale: 1), 2.302_585_093, 0.95),
      (.uniform(10...20), 11, 0.1),
    ] as [(Distribution, Double, Double)])
  func quantiles(distribution: Distribution, quantile: Double, share: Double) {
    let values = [Float](count: count, drawnFrom: distribution, seed: 13)
    let below = Double(values.count { Double($0) <= quantile }) / size
    #expect(abs(below - share) <= 5 * (share * (1 - share) / size).squareRoot())
  }

  @Test("neighbours are not correlated")
  func independence() {
    let values = [Float](count: count, drawnFrom: .normal(), seed: 14)
    for distance in [1, 2, 7] {
      let products = (0..<count - distance).map { values[$0] * values[$0 + distance] }
      #expect(abs(products.mean) <= 5 / size.squareRoot())
    }
  }

  @Test("planted outliers are as many as asked for, and nothing else changes")
  func outliers() {
    let matrix = Matrix(rows: 40, columns: 50, drawnFrom: .normal(), seed: 15)
    let planted = matrix.plantingOutliers(fraction: 0.01, factor: 20, seed: 16)
    let changed = matrix.elements.indices.filter { matrix.elements[$0] != planted.elements[$0] }
    #expect(changed.count == 20)
    #expect(changed.allSatisfy { planted.elements[$0] == 20 * matrix.elements[$0] })
    #expect(planted == matrix.plantingOutliers(fraction: 0.01, factor: 20, seed: 16))
    #expect(planted != matrix.plantingOutliers(fraction: 0.01, factor: 20, seed: 17))
    #expect(matrix.plantingOutliers(fraction: 0, factor: 20, seed: 1) == matrix)
    #expect(matrix.plantingOutliers(fraction: 1, factor: 2, seed: 1) == 2 * matrix)
    #expect(
      matrix.elements.plantingOutliers(fraction: 0.01, factor: 20, seed: 16) == planted.elements)
    #expect(planted.kurtosis > 20)
  }

  @Test("planted channels are whole columns or rows")
  func channels() {
    let ones = Matrix(rows: 3, columns: 4, repeating: 1)
    #expect(
      ones.plantingOutlierColumns([1, 1], factor: 5)
        == Matrix([[1, 5, 1, 1], [1, 5, 1, 1], [1, 5, 1, 1]]))
    #expect(
      ones.plantingOutlierRows([2], factor: 5)
        == Matrix([[1, 1, 1, 1], [1, 1, 1, 1], [5, 5, 5, 5]]))
    let drawn = ones.plantingOutlierColumns(count: 2, factor: 3, seed: 1)
    #expect(drawn.row(0).count { $0 == 3 } == 2)
    #expect(drawn.row(0) == drawn.row(2))
    #expect(ones.plantingOutlierRows(count: 1, factor: 3, seed: 1).column(0).sum == 5)
  }
}
