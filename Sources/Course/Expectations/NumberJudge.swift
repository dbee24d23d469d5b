/// Decides whether a number is what was written, in exact decimal arithmetic.
struct NumberJudge {
  let number: RecordedNumber
  /// The number in full, for messages.
  let actual: String

  /// Judges a number, a bound or an interval.
  func judge(_ expected: ExpectedValue) -> Judgement {
    guard case .finite(let exact) = number else { return judgeNotFinite(expected) }
    switch expected {
    case .number(let written, let tolerance):
      guard written.value.isFinite || !written.decimal.isZero else { return mismatch() }
      guard let tolerance else { return equality(exact, written) }
      return distance(exact, written, tolerance)
    case .less(let bound, let orEqual):
      let order = self.order(of: bound, exact)
      return verdict(order > 0 || orEqual && order == 0, "is not less than \(bound.text)")
    case .greater(let bound, let orEqual):
      let order = self.order(of: bound, exact)
      return verdict(order < 0 || orEqual && order == 0, "is not greater than \(bound.text)")
    case .within(let lowest, let highest):
      let isInside = order(of: lowest, exact) <= 0 && order(of: highest, exact) >= 0
      return verdict(isInside, "is not in \(lowest.text)...\(highest.text)")
    default: return mismatch()
    }
  }

  /// How a bound compares with the value.
  ///
  /// A bound that is the very number by which the value is known equals it: the `Double` nearest to
  /// 0.1 lies a little above 0.1, and still is neither more nor less than `0.1`.
  private func order(of bound: WrittenNumber, _ exact: ExactDecimal) -> Int {
    if let known = NumberShape(code: actual)?.decimal, bound.compared(to: known) == 0 { return 0 }
    return bound.compared(to: exact)
  }

  private func mismatch() -> Judgement { Judgement(actual: actual, reason: "is \(actual)") }

  private func verdict(_ holds: Bool, _ otherwise: String) -> Judgement {
    Judgement(actual: actual, reason: holds ? nil : "is \(actual), which \(otherwise)")
  }

  /// Infinities compare as one expects; NaN equals, exceeds and lies within nothing.
  private func judgeNotFinite(_ expected: ExpectedValue) -> Judgement {
    guard case .infinite(let isNegative) = number else { return mismatch() }
    let value: Double = isNegative ? -.infinity : .infinity
    switch expected {
    case .number(let written, _):
      return verdict(written.value == value && written.decimal.isZero, "is not \(written.text)")
    case .less(let bound, let orEqual):
      return verdict(
        isNegative && (orEqual || bound.value != value) || orEqual && bound.value == value,
        "is not less than \(bound.text)")
    case .greater(let bound, let orEqual):
      return verdict(
        !isNegative && (orEqual || bound.value != value) || orEqual && bound.value == value,
        "is not greater than \(bound.text)")
    case .within(let lowest, let highest):
      return verdict(
        lowest.value <= value && value <= highest.value,
        "is not in \(lowest.text)...\(highest.text)")
    default: return mismatch()
    }
  }

  private func equality(_ exact: ExactDecimal, _ written: WrittenNumber) -> Judgement {
    let rounded = exact.rounded(to: written.precision)
    if rounded.compared(to: written.decimal) == 0 {
      // Zero has two signs, and only a written minus asks which.
      if written.isNegative, written.decimal.isZero, !exact.isNegative {
        return Judgement(actual: actual, reason: "is \(actual), without the minus")
      }
      return Judgement(actual: actual)
    }
    return Judgement(actual: actual, reason: "is \(described(exact, rounded, written))")
  }

  /// The value to the digits written and in full, and why a tie did not round as it looks.
  private func described(
    _ exact: ExactDecimal, _ rounded: ExactDecimal, _ written: WrittenNumber
  ) -> String {
    let short = written.text(for: rounded)
    guard written.precision != .exact else {
      let advice = exact.isInteger ? "" : "; a whole number means exactly that"
      return actual + advice
    }
    var text = short == actual ? short : "\(short) (\(actual))"
    if let shape = NumberShape(code: actual),
      shape.decimal.rounded(to: written.precision).compared(to: written.decimal) == 0
    {
      text += ", in binary exactly \(exact.rounded(significant: 25).plainText())"
    }
    return text
  }

  private func distance(
    _ exact: ExactDecimal, _ written: WrittenNumber, _ tolerance: ExpectedValue.Tolerance
  ) -> Judgement {
    let distance = exact.distance(to: written.decimal)
    let allowed: ExactDecimal
    switch tolerance {
    case .absolute(let width): allowed = ExactDecimal(shortest: width) ?? .zero
    case .relative(let fraction):
      let share = ExactDecimal(shortest: fraction) ?? .zero
      allowed = share.multiplied(by: written.decimal.magnitude)
    }
    // A quotient for people; whether it held is decided exactly.
    let quotient = distance.isZero ? 0 : distance.double / allowed.double
    let used = quotient.isFinite ? quotient : nil
    guard distance.compared(to: allowed) > 0 else {
      return Judgement(actual: actual, toleranceUsed: used)
    }
    let off = distance.rounded(significant: 3).shortText()
    let room = allowed.rounded(significant: 6).shortText()
    return Judgement(
      actual: actual, toleranceUsed: used,
      reason: "is \(actual), off by \(off) where \(room) is allowed")
  }
}

extension WrittenNumber {
  /// The number as code writes it at its own precision.
  var text: String { text(for: decimal) }

  /// Another number written as precisely as this one.
  func text(for other: ExactDecimal) -> String {
    guard value.isFinite || !decimal.isZero else { return value < 0 ? "-inf" : "inf" }
    let rounded = other.rounded(to: precision)
    switch precision {
    case .exact: return rounded.plainText()
    case .decimals(let count): return rounded.plainText(decimals: count)
    case .significant(let count): return rounded.scientificText(significant: count)
    }
  }

  /// Negative, zero or positive as this is less than, equal to or greater than a finite value.
  func compared(to exact: ExactDecimal) -> Int {
    guard value.isFinite || !decimal.isZero else { return value < 0 ? -1 : 1 }
    return decimal.compared(to: exact)
  }
}
