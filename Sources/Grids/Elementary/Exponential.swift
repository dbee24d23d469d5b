/// The natural exponential, within 1 unit in the last place where the result is a normal number.
///
/// With k = x / ln 2 rounded and r = x − k ln 2, the series of exp(r) needs fourteen terms since
/// |r| < 0.347; multiplying by 2ᵏ is exact. Above 709.79 the result is infinite, below −745.2 zero.
public func exponential(_ value: Double) -> Double {
  guard !value.isNaN else { return value }
  guard value < 710 else { return .infinity }
  guard value > -746 else { return 0 }
  let steps = (value * 1.442_695_040_888_963_4).rounded(.toNearestOrEven)
  let high = value - steps * highLogarithmOfTwo
  let low = steps * lowLogarithmOfTwo
  let rest = high - low  // r
  var series = 1.0 / 87_178_291_200  // ½ + r/3! + r²/4! + …, from r¹²/14! down
  series = series * rest + 1.0 / 6_227_020_800
  series = series * rest + 1.0 / 479_001_600
  series = series * rest + 1.0 / 39_916_800
  series = series * rest + 1.0 / 3_628_800
  series = series * rest + 1.0 / 362_880
  series = series * rest + 1.0 / 40_320
  series = series * rest + 1.0 / 5_040
  series = series * rest + 1.0 / 720
  series = series * rest + 1.0 / 120
  series = series * rest + 1.0 / 24
  series = series * rest + 1.0 / 6
  series = series * rest + 1.0 / 2
  // 1 + (r + r² × series), with what rounding r lost.
  let result = 1 + (rest + (rest * rest * series + ((high - rest) - low)))
  let power = Int(steps)
  if power > 1023 { return result * 2 * powerOfTwo(power - 1) }
  if power < -1022 { return result * powerOfTwo(power + 60) * powerOfTwo(-60) }
  return result * powerOfTwo(power)
}

/// Two to a power from −1022 to 1023, made from bits.
func powerOfTwo(_ exponent: Int) -> Double {
  Double(bitPattern: UInt64(exponent + 1023) << 52)
}
