// Elementary functions from + − × ÷ and √ alone, all of which IEEE 754 rounds the same everywhere: a
// seeded matrix or a quantile has the same bits on every machine, which a C library does not
// promise. Swift never contracts a product and a sum into a fused multiply-add unasked, but a
// `stride` over floating-point numbers asks: loops here count in integers.

/// The natural logarithm, within 1 unit in the last place.
///
/// With x = 2ᵏ(1 + f), 1 + f between √½ and √2, and s = f / (2 + f), the logarithm of 1 + f is
/// 2(s + s³/3 + s⁵/5 + …); twelve terms reach the last bit since |s| < 0.172. ln 2 comes in two
/// parts, the first short enough that its product with k is exact. The logarithm of 0 is −∞, of a
/// negative number NaN.
public func logarithm(_ value: Double) -> Double {
  guard value > 0, value.isFinite else {
    if value == 0 { return -.infinity }
    return value < 0 ? .nan : value
  }
  var exponent = Double(value.exponent)
  var significand = value.significand
  if significand > 1.414_213_562_373_095_1 {
    significand /= 2
    exponent += 1
  }
  let excess = significand - 1  // f, exact
  let ratio = excess / (2 + excess)  // s
  let square = ratio * ratio
  var tail = square * (2.0 / 25)  // 2(s²/3 + s⁴/5 + …), from the last term to the first
  tail = (tail + 2.0 / 23) * square
  tail = (tail + 2.0 / 21) * square
  tail = (tail + 2.0 / 19) * square
  tail = (tail + 2.0 / 17) * square
  tail = (tail + 2.0 / 15) * square
  tail = (tail + 2.0 / 13) * square
  tail = (tail + 2.0 / 11) * square
  tail = (tail + 2.0 / 9) * square
  tail = (tail + 2.0 / 7) * square
  tail = (tail + 2.0 / 5) * square
  tail = (tail + 2.0 / 3) * square
  // 2s = f − s f, so that the largest term enters exactly.
  return exponent * highLogarithmOfTwo
    + (excess - ratio * (excess - tail) + exponent * lowLogarithmOfTwo)
}

/// ln 2 to 32 bits: its product with an exponent is exact.
let highLogarithmOfTwo = 0x1.62e42feep-1

/// What the first part leaves of ln 2.
let lowLogarithmOfTwo = 0x1.a39ef35793c76p-33
