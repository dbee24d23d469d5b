package import Course
package import StepRecords

/// A reader's guess beside the value that a step computed.
package struct Prediction {
  /// The value's name: an expression, or the label of a shown value.
  package let name: String

  /// A guess at a value by its name.
  package init(name: String) {
    self.name = name
  }

  /// The value, from what a step left; nil when it did not get there.
  package func value(in outcome: StepOutcome?) -> RecordedValue? {
    guard let outcome else { return nil }
    if let judged = outcome.expectations.first(where: { $0.expression == name }) {
      return judged.value
    }
    for case .shown(let label, let value, _) in outcome.results
    where label == name || ProvenNumberCheck.slug(label) == name {
      return value
    }
    return nil
  }

  /// How far a guess is off, as a person would say it.
  package static func distance(from actual: Double, to guess: Double) -> String {
    if guess == actual { return "exactly right" }
    guard actual.isFinite, guess.isFinite else { return "not the same" }
    guard actual != 0 else { return "off by \(ChartNumber.text(abs(guess)))" }
    let ratio = guess / actual
    guard ratio > 0 else {
      return guess == 0 ? "100% too small" : "the other sign"
    }
    if ratio >= 2 { return "\(ChartNumber.text(ratio)) times too large" }
    if ratio <= 0.5 { return "\(ChartNumber.text(1 / ratio)) times too small" }
    let percent = abs(ratio - 1) * 100
    let text =
      percent < 0.1
      ? "less than 0.1" : percent < 10 ? Self.tenths(percent) : "\(Int(percent.rounded()))"
    return "\(text)% too \(ratio > 1 ? "large" : "small")"
  }

  private static func tenths(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
  }

  /// The number a value is, if it is one.
  static func number(of value: RecordedValue) -> Double? {
    switch value {
    case .integer(let integer): Double(integer)
    case .float(let float): Double(float)
    case .double(let double): double
    default: nil
    }
  }
}
