extension ExactDecimal {
  /// Exactly the value a `Double` holds; nil for infinities and NaN.
  public init?(_ value: Double) {
    guard value.isFinite else { return nil }
    guard value != 0 else {
      self.init(isNegative: value.sign == .minus, digits: [], exponent: 0)
      return
    }
    // value = integer × 2^power, the integer below 2^53 and odd.
    let power = Int(value.exponent) - value.significandWidth
    let integer = UInt64(value.significand.magnitude * Self.powerOfTwo(value.significandWidth))
    var digits = String(integer).utf8.map { $0 - 0x30 }
    // 2^-n is 5^n × 10^-n.
    Self.multiply(&digits, by: power < 0 ? 5 : 2, times: power.magnitude)
    self.init(isNegative: value < 0, digits: digits, exponent: min(power, 0))
  }

  /// Exactly the value a `Float` holds; nil for infinities and NaN.
  public init?(_ value: Float) {
    self.init(Double(value))  // widening is exact
  }

  /// The decimal written by Swift's shortest text for a `Double`; nil for infinities and NaN.
  init?(shortest value: Double) {
    guard let shape = NumberShape(code: value.description) else { return nil }
    self = shape.decimal
  }

  /// The nearest `Double`.
  var double: Double {
    let text = String(decoding: digits.map { $0 + 0x30 }, as: UTF8.self)
    let value = Double("\(isZero ? "0" : text)e\(exponent)") ?? .infinity
    return isNegative ? -value : value
  }

  private static func powerOfTwo(_ power: Int) -> Double {
    Double(sign: .plus, exponent: power, significand: 1)
  }

  /// Multiplies digits by a small number again and again.
  private static func multiply(_ digits: inout [UInt8], by factor: UInt64, times: UInt) {
    var left = times
    while left > 0 {
      var step: UInt64 = 1
      while left > 0, step < 1_000_000_000_000 {
        step *= factor
        left -= 1
      }
      var carry: UInt64 = 0
      for index in digits.indices.reversed() {
        let product = UInt64(digits[index]) * step + carry
        digits[index] = UInt8(product % 10)
        carry = product / 10
      }
      var leading: [UInt8] = []
      while carry > 0 {
        leading.append(UInt8(carry % 10))
        carry /= 10
      }
      digits = leading.reversed() + digits
    }
  }

  // MARK: - Text

  /// The digits before the point and behind it, with at least that many behind.
  func plainParts(decimals: Int) -> (whole: String, fraction: String) {
    var whole = "0"
    var fraction = ""
    if !isZero {
      let text = String(decoding: digits.map { $0 + 0x30 }, as: UTF8.self)
      if exponent >= 0 {
        whole = text + String(repeating: "0", count: exponent)
      } else if -exponent < text.count {
        whole = String(text.dropLast(-exponent))
        fraction = String(text.suffix(-exponent))
      } else {
        fraction = String(repeating: "0", count: -exponent - text.count) + text
      }
    }
    return (whole, fraction + String(repeating: "0", count: max(0, decimals - fraction.count)))
  }

  /// Written out with at least that many decimals: `-0.0200`.
  func plainText(decimals: Int = 0) -> String {
    let (whole, fraction) = plainParts(decimals: decimals)
    return (isNegative ? "-" : "") + whole + (fraction.isEmpty ? "" : "." + fraction)
  }

  /// The digits of a mantissa of that length or longer: `6`, `10` for 6.10.
  func mantissaParts(significant count: Int) -> (whole: String, fraction: String) {
    let text = isZero ? "0" : String(decoding: digits.map { $0 + 0x30 }, as: UTF8.self)
    let padded = text + String(repeating: "0", count: max(0, count - text.count))
    return (String(padded.prefix(1)), String(padded.dropFirst()))
  }

  /// With an exponent as Swift writes it: `6.10e-05`.
  func scientificText(significant count: Int) -> String {
    let (whole, fraction) = mantissaParts(significant: count)
    let power = String(leadingPlace.magnitude)
    return (isNegative ? "-" : "") + whole + (fraction.isEmpty ? "" : "." + fraction)
      + (leadingPlace < 0 ? "e-" : "e+") + (power.count < 2 ? "0" : "") + power
  }

  /// As text for people with at most that many significant digits and no zeros at the end.
  ///
  /// A number that is not whole never looks whole, because a whole number in an expectation
  /// promises exactness: 42.0000001 gives `42.0`.
  func shortText(significant count: Int = 6) -> String {
    if isInteger, leadingPlace < 15 { return plainText() }
    let place = max(leadingPlace - count + 1, -400)
    if leadingPlace < -4 || leadingPlace >= 9 {
      let short = rounded(significant: count)
      return short.scientificText(significant: 1)
    }
    return rounded(toPlace: min(place, -1)).plainText(decimals: 1)
  }
}
