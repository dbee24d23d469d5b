internal import Grids

/// What random numbers are drawn from.
public enum Distribution: Sendable, Hashable {
  /// The normal distribution: what trained weights resemble most.
  case normal(mean: Double = 0, deviation: Double = 1)
  /// Equally likely everywhere in a range.
  case uniform(ClosedRange<Double>)
  /// Student's t, centred on 0: heavier tails with fewer degrees of freedom.
  ///
  /// The variance is ν / (ν − 2) above 2 degrees of freedom and infinite below; the excess kurtosis
  /// 6 / (ν − 4) above 4.
  case studentT(degreesOfFreedom: Double)
  /// Laplace's, centred on 0: sharp peak, variance 2 scale², excess kurtosis 3.
  case laplace(scale: Double)

  /// Draws one number.
  ///
  /// The normal and Laplace's distribution take one number from the generator, by the inverse of
  /// the distribution function; Student's t takes pairs until one lies in the unit circle.
  ///
  /// - Parameter generator: Where the randomness comes from.
  /// - Returns: A finite number.
  ///
  /// Source: Bailey 1994, Polar generation of random variates with the t-distribution, Mathematics
  /// of Computation 62.
  public func sample(using generator: inout SeededGenerator) -> Double {
    switch self {
    case .normal(let mean, let deviation):
      return mean + deviation * generator.normal()
    case .uniform(let range):
      let share = generator.uniform()
      // Between the ends even where their difference would overflow.
      let value = range.lowerBound * (1 - share) + range.upperBound * share
      return min(max(value, range.lowerBound), range.upperBound)
    case .studentT(let degreesOfFreedom):
      return Self.studentT(degreesOfFreedom, using: &generator)
    case .laplace(let scale):
      let share = generator.openUniform()
      return share < 0.5 ? scale * logarithm(2 * share) : -scale * logarithm(2 * (1 - share))
    }
  }

  private static func studentT(
    _ degreesOfFreedom: Double, using generator: inout SeededGenerator
  ) -> Double {
    precondition(degreesOfFreedom > 0, "\(degreesOfFreedom) degrees of freedom")
    while true {
      let first = 2 * generator.uniform() - 1
      let second = 2 * generator.uniform() - 1
      let radius = first * first + second * second
      if radius > 0 && radius <= 1 {
        let power = exponential(-2 / degreesOfFreedom * logarithm(radius))
        let spread = (degreesOfFreedom * (power - 1) / radius).squareRoot()
        if spread.isFinite { return first * spread }
      }
    }
  }
}

extension [Float] {
  /// Draws numbers from a distribution.
  ///
  /// - Parameters:
  ///   - count: How many.
  ///   - distribution: What they are drawn from.
  ///   - seed: Which numbers; the same ones for the same seed, on every machine.
  public init(count: Int, drawnFrom distribution: Distribution, seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    self = (0..<count).map { _ in Float(distribution.sample(using: &generator)) }
  }
}

extension Matrix {
  /// Draws the elements from a distribution, row after row.
  ///
  /// - Parameters:
  ///   - rows: The number of rows, 0 or more.
  ///   - columns: The number of columns, 0 or more.
  ///   - distribution: What they are drawn from.
  ///   - seed: Which numbers; the same ones for the same seed, on every machine.
  public init(rows: Int, columns: Int, drawnFrom distribution: Distribution, seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    self.init(rows: rows, columns: columns) { (buffer: UnsafeMutableBufferPointer<Float>) in
      for index in buffer.indices {
        buffer[index] = Float(distribution.sample(using: &generator))
      }
    }
  }
}
