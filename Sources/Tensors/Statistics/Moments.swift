/// The first four moments of a set of numbers, in double precision, which can be put together.
///
/// Holds the count, the mean and the sums of the second, third and fourth powers of the distances
/// from the mean. Two of them, of different parts of a tensor, merge into that of the whole, so a
/// checkpoint larger than memory is measured piece by piece and in one pass.
///
/// Each block of 2,048 numbers is summed around its own mean, then merged: raw sums of powers would
/// cancel when the mean is large against the spread.
///
/// Source: Pébay 2008, Formulas for robust, one-pass parallel computation of covariances and
/// arbitrary-order statistical moments, SAND2008-6212, equations 3.1 to 3.3.
public struct Moments: Equatable, Sendable {
  /// How many numbers.
  public private(set) var count = 0
  /// Their mean; NaN where there are none.
  public var mean: Double { count == 0 ? .nan : center }

  private var center = 0.0
  private var second = 0.0
  private var third = 0.0
  private var fourth = 0.0

  /// Makes the moments of no numbers.
  public init() {}

  /// Makes the moments of some numbers.
  ///
  /// - Parameter values: The numbers.
  public init(of values: some FloatValues) {
    add(values)
  }

  /// Adds numbers to those already counted.
  ///
  /// - Parameter values: The numbers.
  public mutating func add(_ values: some FloatValues) {
    values.withFloats { buffer in
      let blockSize = 2_048
      for start in stride(from: 0, to: buffer.count, by: blockSize) {
        let end = min(start + blockSize, buffer.count)
        merge(Moments(block: UnsafeBufferPointer(rebasing: buffer[start..<end])))
      }
    }
  }

  /// Takes in the moments of other numbers, as if all had been counted together.
  ///
  /// - Parameter other: The moments of the other numbers.
  public mutating func merge(_ other: Moments) {
    guard other.count > 0 else { return }
    guard count > 0 else {
      self = other
      return
    }
    let left = Double(count)
    let right = Double(other.count)
    let total = left + right
    let gap = other.center - center
    let share = gap / total
    fourth +=
      other.fourth + left * right * (left * left - left * right + right * right) * gap * share
      * share * share
      + 6 * (left * left * other.second + right * right * second) * share * share
      + 4 * (left * other.third - right * third) * share
    third +=
      other.third + left * right * (left - right) * gap * share * share
      + 3 * (left * other.second - right * second) * share
    second += other.second + left * right * gap * share
    center += right * share
    count += other.count
  }

  /// The moments of one block that fits the first cache, in two passes.
  private init(block: UnsafeBufferPointer<Float>) {
    count = block.count
    guard count > 0 else { return }
    let mean = doubleSum(block) { $0 } / Double(count)
    center = mean
    second = doubleSum(block) { ($0 - mean) * ($0 - mean) }
    third = doubleSum(block) { ($0 - mean) * ($0 - mean) * ($0 - mean) }
    fourth = doubleSum(block) {
      let square = ($0 - mean) * ($0 - mean)
      return square * square
    }
  }

  /// The mean squared distance from the mean, divided by the count (the population's form).
  ///
  /// NaN where there are no numbers.
  public var variance: Double { second / Double(count) }

  /// The variance estimated for what the numbers were drawn from, divided by the count less one.
  ///
  /// NaN for fewer than two numbers.
  public var sampleVariance: Double { count < 2 ? .nan : second / Double(count - 1) }

  /// The square root of the variance.
  public var standardDeviation: Double { variance.squareRoot() }

  /// The third central moment over the cube of the standard deviation: 0 for symmetric data.
  ///
  /// The population's form (without a correction for the sample's size); NaN where the variance
  /// is 0.
  public var skewness: Double {
    let variance = variance
    return third / Double(count) / (variance * variance.squareRoot())
  }

  /// The excess kurtosis: the fourth central moment over the squared variance, less 3.
  ///
  /// 0 for a normal distribution, −1.2 for a uniform one, 3 for Laplace's; large where a few
  /// outliers carry the variance. The population's form; NaN where the variance is 0.
  public var kurtosis: Double {
    fourth / Double(count) / (variance * variance) - 3
  }
}
