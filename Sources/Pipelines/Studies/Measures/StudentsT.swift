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

  // MARK: Around another middle

  /// The share of the noncentral t below a value.
  ///
  /// t = (z + shift) / s, z normal and s² a χ² over its degrees of freedom: given s, the share below is that of the normal
  /// below t·s − shift, and what is left is a mean over s, by Simpson's rule.
  ///
  /// - Parameters:
  ///   - t: Any.
  ///   - freedom: Degrees of freedom, 1 or more.
  ///   - shift: What is added to z.
  /// - Returns: From 0 to 1.
  static func share(below t: Double, freedom: Int, shift: Double) -> Double {
    let count = Double(freedom)
    // Beyond nine deviations of s, about 1/√(2ν) each, its density is below 1e-17 of the greatest.
    let reach = 9 / (2 * count).squareRoot() + 1 / count
    let (low, high) = (max(0, 1 - reach), 1 + max(reach, 8 / count))
    // The normal's rise, 1/|t| wide in s, is to have a few hundred points.
    let steps = 2 * Int(min(20_000, max(1_000, 200 * (high - low) * t.magnitude)))
    let width = (high - low) / Double(steps)
    // ln of 2 (ν/2)^(ν/2) / Γ(ν/2), the density's constant.
    let constant = log(2) + count / 2 * log(count / 2) - lgamma(count / 2)
    var sum = 0.0
    for step in 0...steps {
      let s = low + width * Double(step)
      guard s > 0 || freedom == 1 else { continue }
      let power = freedom == 1 ? 0 : (count - 1) * log(s)
      let density = exp(constant + power - count * s * s / 2)
      let below = erfc((shift - t * s) / 2.0.squareRoot()) / 2
      let weight = step == 0 || step == steps ? 1.0 : step % 2 == 1 ? 4 : 2
      sum += weight * density * below
    }
    return min(max(sum * width / 3, 0), 1)
  }

  /// The shift for which a share of the noncentral t is below a value.
  ///
  /// - Parameters:
  ///   - share: More than 0 and less than 1.
  ///   - t: The value.
  ///   - freedom: Degrees of freedom, 1 or more.
  /// - Returns: To nine digits of the larger of t and 1: the share falls as the shift grows.
  static func shift(giving share: Double, below t: Double, freedom: Int) -> Double {
    let reach = 5 * t.magnitude + 10
    var (low, high) = (-reach, reach)
    while high - low > 1e-10 * max(1, t.magnitude) {
      let middle = (low + high) / 2
      if Self.share(below: t, freedom: freedom, shift: middle) > share {
        low = middle
      } else {
        high = middle
      }
    }
    return (low + high) / 2
  }
}
