internal import Glibc
public import StepRecords

/// What a reader guessed before a step ran: a number, an interval, or a word.
///
/// An interval says how sure its author is, so it is scored by whether it holds the value; a number by
/// how many times it is off, since guesses at a scale or an error are wrong by factors.
public struct Guess: Hashable, Sendable {
  /// What was guessed.
  public enum Kind: Hashable, Sendable {
    /// One number.
    case number(Double)
    /// From the lower to the upper number, both included.
    case interval(Double, Double)
    /// Anything else: `true`, `holds when normal`.
    case words
  }

  /// As typed, without space around it.
  public let text: String
  /// What was guessed.
  public let kind: Kind

  /// Reads a guess: `0.02`, `2e-2`, `2%`, `0.01..0.03`, `0.01 to 0.03`, `0.01…0.03`, or words.
  ///
  /// - Parameter typed: What the reader typed; nil comes back for nothing at all.
  public init?(_ typed: String) {
    let text = typed.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    guard !text.isEmpty else { return nil }
    self.text = text
    kind = Self.interval(text) ?? Self.number(text).map(Kind.number) ?? .words
  }

  /// How a guess turned out.
  public enum Score: Hashable, Sendable {
    /// The base-10 logarithm of guess over value: 0 is right, 0.301 twice too large.
    case logRatio(Double)
    /// No ratio tells how far off it is: the value is zero, or has another sign.
    case noRatio(isRight: Bool)
    /// Whether the interval held the value.
    case interval(isHit: Bool)
    /// Whether the words were the value's own.
    case words(isRight: Bool)
  }

  /// Scores the guess against what the step computed.
  ///
  /// - Parameter value: The value.
  /// - Returns: The score; a number guessed where the value is none is scored as words.
  public func score(against value: RecordedValue) -> Score {
    guard let actual = Self.double(of: value) else { return .words(isRight: isSameText(as: value)) }
    switch kind {
    case .number(let guess):
      guard guess != 0, actual != 0, (guess < 0) == (actual < 0), guess.isFinite, actual.isFinite
      else { return .noRatio(isRight: guess == actual) }
      return .logRatio(log10(guess / actual))
    case .interval(let lower, let upper):
      return .interval(isHit: lower <= actual && actual <= upper)
    case .words: return .words(isRight: false)
    }
  }

  /// The number a value is, if it is one.
  static func double(of value: RecordedValue) -> Double? {
    switch value {
    case .integer(let integer): Double(integer)
    case .float(let float): Double(float)
    case .double(let double): double
    default: nil
    }
  }

  private func isSameText(as value: RecordedValue) -> Bool {
    let typed = text.lowercased()
    return typed == value.displayText.lowercased() || typed == value.description.lowercased()
  }

  private static func interval(_ text: String) -> Kind? {
    for separator in ["...", "..", "…", " to ", " - ", " – "] {
      guard let range = text.firstRange(of: separator) else { continue }
      guard let lower = number(String(text[..<range.lowerBound])),
        let upper = number(String(text[range.upperBound...]))
      else { return nil }
      return .interval(min(lower, upper), max(lower, upper))
    }
    return nil
  }

  private static func number(_ text: String) -> Double? {
    var text = text.filter { !$0.isWhitespace }
    // People leave the zero out.
    if text.hasPrefix(".") { text = "0" + text }
    for sign in ["-", "−", "+"] where text.hasPrefix(sign + ".") {
      text = sign + "0" + text.dropFirst()
    }
    guard let written = WrittenNumber(prose: text) ?? WrittenNumber(code: text) else { return nil }
    return written.isPercent ? written.value / 100 : written.value
  }
}
