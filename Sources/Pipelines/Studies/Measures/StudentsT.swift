#if canImport(Glibc)
internal import Glibc
#endif

/// Student's t distribution with a whole number of degrees of freedom: what a mean of few values needs
/// in the normal's place.
///
/// The share between −t and t is a finite sum for whole numbers. Source: Abramowitz and Stegun 1964, 26.7.3 and
/// 26.7.4.
enum StudentsT {
  /// The share between −t and t.
  ///
  /// - Parameters:
  ///   - t: 0 or more.
  ///   - freedom: Degrees of freedom, 1 or more.
  /// - Returns: From 0 to 1.
  static func share(within t: Double, freedom: Int) -> Double {
    let root = Double(freedom).squareRoot()
    let length = hypot(t, root)
    let (sine, cosine) = (t / length, root / length)
    let isOdd = freedom % 2 == 1
    // The sum's first term and its last power.
    var (term, sum) = (isOdd ? cosine : 1.0, 0.0)
    var step = isOdd ? 1 : 0
    while step <= freedom - 2 {
      sum += term
      term *= cosine * cosine * Double(step + 1) / Double(step + 2)
      step += 2
    }
    guard isOdd else { return sine * sum }
    return 2 / Double.pi * (atan2(t, root) + sine * sum)
  }

  /// The t between whose negative and itself a share lies.
  ///
  /// - Parameters:
  ///   - share: More than 0 and less than 1.
  ///   - freedom: Degrees of freedom, 1 or more.
  /// - Returns: To the last bits.
  static func quantile(_ share: Double, freedom: Int) -> Double {
    var (low, high) = (0.0, 1.0)
    while Self.share(within: high, freedom: freedom) < share, high < 1e12 { high *= 2 }
    for _ in 0..<100 {
      let middle = (low + high) / 2
      if Self.share(within: middle, freedom: freedom) < share {
        low = middle
      } else {
        high = middle
      }
    }
    return (low + high) / 2
  }
}
