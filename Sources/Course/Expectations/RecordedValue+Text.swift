public import StepRecords

/// What a recorded value is worth as a number.
enum RecordedNumber: Hashable, Sendable {
  case finite(ExactDecimal)
  case infinite(isNegative: Bool)
  case notANumber
}

extension RecordedValue {
  /// The value as a number, or nil where it is none.
  ///
  /// Integers too large for 64 bits describe themselves.
  var number: RecordedNumber? {
    switch self {
    case .integer(let integer): return .finite(ExactDecimal(integer))
    case .float(let float): return Self.number(Double(float))
    case .double(let double): return Self.number(double)
    case .described(let text):
      guard let shape = NumberShape(code: text), shape.precision == .exact, shape.sign != "+"
      else { return nil }
      return .finite(shape.decimal)
    default: return nil
    }
  }

  private static func number(_ value: Double) -> RecordedNumber {
    if let exact = ExactDecimal(value) { return .finite(exact) }
    return value.isNaN ? .notANumber : .infinite(isNegative: value < 0)
  }

  /// The value in full, as an expectation would write it: `0.023529412`, `[1, 2]`, `"int8"`,
  /// `.uint8`.
  ///
  /// Floating numbers have the fewest digits that read back to the same value at their own width.
  public var text: String { text { $0.fullNumberText } }

  /// The value for people: numbers with about six significant digits.
  public var displayText: String { text { $0.shortNumberText } }

  /// The value for people, with its unit: `0.0118 weight units`.
  ///
  /// A value whose unit is `%` is a fraction, and is shown times 100: 0.392 as `39.2%`.
  public func displayText(unit: String?) -> String {
    guard let unit, !unit.isEmpty else { return displayText }
    guard unit == "%" else { return displayText + " " + unit }
    guard case .finite(let exact) = number else { return displayText + " %" }
    return exact.shifted(by: 2).rounded(significant: 6).shortText() + "%"
  }

  private func text(_ numberText: (RecordedValue) -> String) -> String {
    switch self {
    case .absent: return "nil"
    case .boolean(let boolean): return boolean ? "true" : "false"
    case .integer, .float, .double: return numberText(self)
    case .string(let string): return string.swiftLiteral
    case .list(let items):
      return "[" + items.map { $0.text(numberText) }.joined(separator: ", ") + "]"
    case .tuple(let items):
      return "(" + items.map { $0.text(numberText) }.joined(separator: ", ") + ")"
    case .elided: return "…"
    case .verdict(let conditions): return Self.verdictText(conditions)
    case .described(let text): return MemberText.isCase(text) ? "." + text : text
    }
  }

  private var fullNumberText: String {
    switch self {
    case .integer(let integer): String(integer)
    case .float(let float): float.description
    case .double(let double): double.description
    default: ""
    }
  }

  private var shortNumberText: String {
    switch number {
    case .finite(let exact): exact.shortText()
    case .infinite(let isNegative): isNegative ? "-inf" : "inf"
    case .notANumber: "nan"
    case nil: fullNumberText
    }
  }

  /// What a verdict's conditions come to, in the words of an expectation.
  static func verdictText(_ conditions: [VerdictCondition]) -> String {
    let held = conditions.filter(\.holds).map(\.name)
    if held.count == conditions.count { return "holds" }
    return held.isEmpty ? "fails" : "holds when " + held.joined(separator: ", ")
  }
}

extension String {
  /// The text between quotes, escaped as Swift would need it on one line.
  var swiftLiteral: String {
    var literal = "\""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"": literal += "\\\""
      case "\\": literal += "\\\\"
      case "\n": literal += "\\n"
      case "\t": literal += "\\t"
      case "\r": literal += "\\r"
      case "\0": literal += "\\0"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F || scalar.properties.isNewline:
        literal += "\\u{" + String(scalar.value, radix: 16) + "}"
      default: literal.unicodeScalars.append(scalar)
      }
    }
    return literal + "\""
  }
}

extension Unicode.Scalar.Properties {
  /// Whether the scalar ends a line beyond ASCII.
  fileprivate var isNewline: Bool {
    generalCategory == .lineSeparator || generalCategory == .paragraphSeparator
  }
}
