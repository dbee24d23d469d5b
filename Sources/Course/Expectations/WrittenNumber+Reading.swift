public import StepRecords

extension WrittenNumber {
  /// Reads a number as prose writes it: `−71`, `1,024`, `6.1·10⁻⁵`, `6.1×10^-5`, `10⁻⁴`, `39%`.
  ///
  /// Nil for anything else; what is not a number is not a claim about one.
  public init?(prose: String) {
    guard let shape = NumberShape(prose: prose) else { return nil }
    self = shape.number
  }

  /// Reads a number as code writes it: `-71`, `1_024`, `0x1F`, `6.1e-05`, `inf`.
  ///
  /// A typographic minus is read too. Nil for anything else.
  public init?(code: String) {
    if let shape = NumberShape(code: code) {
      self = shape.number
      return
    }
    let isNegative = code.hasPrefix("-") || code.hasPrefix("−")
    let body = isNegative ? String(code.dropFirst()) : code
    if body == "inf" || body == "infinity" {
      self.init(
        value: isNegative ? -.infinity : .infinity, precision: .exact, isNegative: isNegative)
      return
    }
    let radices: [(String, Int)] = [("0x", 16), ("0o", 8), ("0b", 2)]
    guard let (prefix, radix) = radices.first(where: { body.hasPrefix($0.0) }),
      let value = UInt64(body.dropFirst(prefix.count).filter { $0 != "_" }, radix: radix)
    else { return nil }
    let digits = String(value).utf8.map { $0 - 0x30 }
    self.init(
      decimal: ExactDecimal(isNegative: isNegative, digits: digits, exponent: 0),
      precision: .exact)
  }

  /// A number from exactly the digits written.
  init(decimal: ExactDecimal, precision: Precision, isPercent: Bool = false) {
    self.init(
      value: decimal.double, precision: precision, isNegative: decimal.isNegative,
      isPercent: isPercent, decimal: decimal)
  }

  /// A prose number rewritten for another value, as precisely and in the same style.
  ///
  /// - Parameters:
  ///   - written: The number in the prose.
  ///   - value: The value it must state now.
  ///   - unit: The unit the value was shown with: in `%`, a fraction is written times 100.
  /// - Returns: The new text, or nil where either is not a finite number.
  public static func rewritten(
    prose written: String, for value: RecordedValue, unit: String?
  ) -> String? {
    guard let shape = NumberShape(prose: written), case .finite(let exact) = value.number else {
      return nil
    }
    let scaled = shape.isPercentOf(unit: unit) ? exact.shifted(by: 2) : exact
    // Prose is read at the digits written, and a whole number has none after the point.
    let isWhole = shape.precision == .exact
    return shape.text(for: isWhole ? scaled.rounded(toPlace: 0) : scaled, minus: "−")
  }
}

extension NumberShape {
  /// Whether this states a fraction in percent, which it does only of a value shown in `%`.
  func isPercentOf(unit: String?) -> Bool { !percent.isEmpty && unit == "%" }
}
