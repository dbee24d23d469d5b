/// A mean of a few runs with the interval that holds the true one in 95 of 100 such studies.
///
/// By Student's t, taking the runs as independent and roughly normal: seeds are, texts of one corpus nearly.
public struct MeanInterval: Codable, Hashable, Sendable {
  /// How many values.
  public let count: Int
  /// Their mean.
  public let mean: Double
  /// Their standard deviation, n − 1 in the denominator; 0 for a single value.
  public let deviation: Double
  /// The interval's lower end; minus the largest number for a single value.
  public let low: Double
  /// The interval's upper end; the largest number for a single value.
  public let high: Double

  /// The share of studies whose interval holds the true mean.
  public static let confidence = 0.95

  /// The interval of a mean.
  ///
  /// - Parameter values: At least one (a precondition); of a single one nothing is known but itself.
  public init(_ values: [Double]) {
    precondition(!values.isEmpty, "a mean of nothing")
    count = values.count
    let total = Double(values.count)
    mean = values.reduce(0, +) / total
    guard values.count > 1 else {
      (deviation, low, high) = (0, -.greatestFiniteMagnitude, .greatestFiniteMagnitude)
      return
    }
    let mean = mean
    deviation =
      (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (total - 1)).squareRoot()
    let half =
      StudentsT.quantile(Self.confidence, freedom: values.count - 1) * deviation
      / total.squareRoot()
    (low, high) = (mean - half, mean + half)
  }

  /// The mean over the standard deviation: how many spreads an effect is large; nil without a spread.
  public var effectSize: Double? { deviation > 0 ? mean / deviation : nil }

  /// The interval of ``effectSize``, which few runs leave wide; nil without a spread.
  ///
  /// Where the true effect is δ spreads, √n times the effect size is distributed as the noncentral t around δ√n: the
  /// ends are those δ for which what was measured is at the 97.5th and at the 2.5th percentile.
  /// Source: Steiger and Fouladi 1997, Noncentrality interval estimation and the evaluation of statistical models.
  public var effectSizeInterval: (low: Double, high: Double)? {
    guard let effectSize, count > 1 else { return nil }
    let (root, tail) = (Double(count).squareRoot(), (1 - Self.confidence) / 2)
    let t = effectSize * root
    func shift(_ share: Double) -> Double {
      StudentsT.shift(giving: share, below: t, freedom: count - 1)
    }
    return (shift(1 - tail) / root, shift(tail) / root)
  }
}
