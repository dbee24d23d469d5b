/// Writing another number in the same style.
extension NumberShape {
  /// A number written in this style, rounded as precisely as this one was.
  ///
  /// A whole number that is asked to state a fraction gets six significant digits.
  ///
  /// - Parameters:
  ///   - value: The number to write.
  ///   - minus: The minus to use where this style shows none.
  /// - Returns: The text, sign and percent sign included.
  func text(for value: ExactDecimal, minus: String) -> String {
    let rounded = value.rounded(to: precision)
    if exponent != nil { return exponentText(rounded, minus: minus) }
    let decimals = fraction?.count ?? 0
    if precision == .exact, !rounded.isInteger || rounded.leadingPlace >= 20 {
      let short = value.shortText()
      return sign(for: value, minus: minus)
        + (value.isNegative ? String(short.dropFirst()) : short) + percent
    }
    let (whole, fraction) = rounded.plainParts(decimals: decimals)
    return sign(for: rounded, minus: minus) + grouped(whole)
      + (fraction.isEmpty ? "" : "." + fraction) + percent
  }

  private func sign(for value: ExactDecimal, minus: String) -> String {
    guard value.isNegative, !value.isZero || isNegative else { return sign == "+" ? "+" : "" }
    return isNegative ? sign : minus
  }

  private func grouped(_ whole: String) -> String {
    guard !grouping.isEmpty, whole.count > 3 else { return whole }
    var grouped = ""
    for (index, digit) in whole.enumerated() {
      if index > 0, (whole.count - index) % 3 == 0 { grouped += grouping }
      grouped.append(digit)
    }
    return grouped
  }

  private func exponentText(_ value: ExactDecimal, minus: String) -> String {
    guard case .significant(let count) = precision else { return value.plainText() }
    let (whole, fraction) = value.mantissaParts(significant: count)
    let mantissa = whole + (fraction.isEmpty ? "" : "." + fraction)
    let power = value.leadingPlace
    let start = sign(for: value, minus: minus)
    switch exponent {
    case .letter(let letter, let plus, let width, _):
      let digits = String(power.magnitude)
      return start + mantissa + letter + (power < 0 ? "-" : plus ? "+" : "")
        + String(repeating: "0", count: max(0, width - digits.count)) + digits + percent
    case .ofTen(let joint, let isRaised, let raisedMinus, _):
      let isBare = joint.isEmpty && mantissa == "1"
      let base = isBare ? "10" : mantissa + (joint.isEmpty ? "·" : joint) + "10"
      let digits = String(power.magnitude)
      let raised =
        isRaised
        ? digits.utf8.map { String(NumberReader.raised[Int($0 - 0x30)]) }.joined() : "^" + digits
      guard power < 0 else { return start + base + raised + percent }
      return start + base
        + (isRaised ? raisedMinus + raised : "^" + raisedMinus + digits) + percent
    case nil:
      return start + mantissa + percent
    }
  }
}
