/// How a number is written, apart from what it is worth: enough to write another one the same way.
struct NumberShape: Hashable, Sendable {
  /// The sign as written: empty, `-`, `−`, `–` or `+`.
  var sign = ""
  /// The digits before the point.
  var whole = ""
  /// The digits behind the point; nil without one.
  var fraction: String?
  /// What stands between groups of three digits; empty for nothing.
  var grouping = ""
  /// How the exponent is written.
  var exponent: Exponent?
  /// What stands behind it: `%` or ` %`; else empty.
  var percent = ""

  /// The ways to write an exponent.
  enum Exponent: Hashable, Sendable {
    /// `e-05`: the letter, whether a plus is written, the least number of digits, the power.
    case letter(String, plus: Bool, width: Int, power: Int)
    /// `·10⁻⁵` or `×10^-5`: what joins it (empty: no mantissa), raised or after a caret, the power.
    case ofTen(joint: String, isRaised: Bool, minus: String, power: Int)
  }

  /// The power of ten the exponent states.
  var power: Int {
    switch exponent {
    case .letter(_, _, _, let power), .ofTen(_, _, _, let power): power
    case nil: 0
    }
  }

  var isNegative: Bool { sign != "" && sign != "+" }

  /// The digits without leading zeros, point and grouping.
  private var significantDigits: Substring {
    (whole + (fraction ?? "")).drop { $0 == "0" }
  }

  /// What the digits are worth, percent sign not counted.
  var decimal: ExactDecimal {
    ExactDecimal(
      isNegative: isNegative, digits: (whole + (fraction ?? "")).utf8.map { $0 - 0x30 },
      exponent: power - (fraction?.count ?? 0))
  }

  /// How precise it claims to be.
  var precision: WrittenNumber.Precision {
    if exponent != nil { return .significant(max(1, significantDigits.count)) }
    return fraction.map { .decimals($0.count) } ?? .exact
  }

  /// The number, with its precision.
  var number: WrittenNumber {
    WrittenNumber(
      decimal: decimal, precision: precision, isPercent: !percent.isEmpty)
  }

  /// Whether its size is one that can be worked with.
  var isReasonable: Bool {
    whole.count + (fraction?.count ?? 0) <= 1200 && power.magnitude <= 5000
  }
}

// MARK: - Reading

extension NumberShape {
  /// Reads a number as code writes it: `-71`, `1_024`, `6.10e-05`; a typographic minus is fine.
  ///
  /// Nil for anything else, hexadecimal and infinite numbers included.
  init?(code: String) {
    var reader = NumberReader(code)
    sign = reader.take(oneOf: ["-", "−", "+"]) ?? ""
    let start = reader.position
    guard let digits = reader.digits(separator: "_") else { return nil }
    whole = digits
    if reader.characters[start..<reader.position].contains("_") { grouping = "_" }
    fraction = reader.fraction()
    exponent = reader.letterExponent()
    guard reader.isAtEnd, isReasonable else { return nil }
  }

  /// Reads a number as prose writes it: `−71`, `1,024`, `6.1·10⁻⁵`, `10^-4`, `39%`.
  init?(prose: String) {
    var reader = NumberReader(prose)
    guard let shape = reader.proseNumber(), reader.isAtEnd else { return nil }
    self = shape
  }
}
