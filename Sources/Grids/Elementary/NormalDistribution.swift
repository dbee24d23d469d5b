/// The density of the standard normal distribution, exp(−x²/2) / √(2π).
///
/// The square is split into an exact part and a small rest, so that far out in the tail, where the
/// exponential magnifies the rounding of x², the relative error stays at a few units in the last
/// place.
public func normalDensity(_ value: Double) -> Double {
  guard value.magnitude < 40 else { return value.isNaN ? value : 0 }
  let coarse = (value * 64).rounded(.toNearestOrEven) / 64  // its square is exact
  let rest = (value - coarse) * (value + coarse) / 2
  return 0.398_942_280_401_432_68 * exponential(-coarse * coarse / 2) * exponential(-rest)
}

/// The probability that a standard normal number is at most a given one, Φ(x).
///
/// Near the middle Φ = ½ + φ(x)(x + x³/3 + x⁵/15 + …), whose terms all have one sign (Marsaglia
/// 2004, Journal of Statistical Software 11(4)); beyond 2 the tail is φ(x) over Laplace's continued
/// fraction x + 1/(x + 2/(x + 3/(x + …))). The relative error is about 10⁻¹⁴ or less on both sides,
/// also where the probability is 10⁻³⁰⁰.
public func normalDistribution(_ value: Double) -> Double {
  guard !value.isNaN else { return value }
  let magnitude = value.magnitude
  guard magnitude < 40 else { return value < 0 ? 0 : 1 }
  if magnitude > 2 {
    var fraction = magnitude
    for step in stride(from: 100, through: 1, by: -1) {
      fraction = magnitude + Double(step) / fraction
    }
    let tail = normalDensity(magnitude) / fraction
    return value < 0 ? tail : 1 - tail
  }
  var term = value
  var sum = value
  var odd = 1.0
  while sum + term != sum {
    odd += 2
    term *= value * value / odd
    sum += term
  }
  return 0.5 + normalDensity(value) * sum
}
