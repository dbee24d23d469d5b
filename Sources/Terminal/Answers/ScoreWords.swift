package import Course
package import StepRecords

/// The words for guesses: one at a time, and all together.
package enum ScoreWords {
  /// What a reader is told about a guess.
  ///
  /// - Parameters:
  ///   - guess: The guess.
  ///   - name: The value's name.
  ///   - value: What the step computed.
  /// - Returns: One sentence.
  package static func sentence(_ guess: Guess, name: String, value: RecordedValue) -> String {
    let actual = value.displayText
    guard let number = Prediction.number(of: value) else {
      let isRight = guess.score(against: value) == .words(isRight: true)
      return isRight
        ? "You said \(guess.text), and so it is." : "You said \(guess.text); it is \(actual)."
    }
    switch guess.kind {
    case .number(let guessed):
      let distance = Prediction.distance(from: number, to: guessed)
      return "You said \(guess.text); it is \(actual): \(distance)."
    case .interval(let lower, let upper):
      if number < lower { return "You said \(guess.text); it is \(actual), below that." }
      if number > upper { return "You said \(guess.text); it is \(actual), above that." }
      return number.isNaN
        ? "You said \(guess.text); it is \(actual)."
        : "You said \(guess.text), and \(actual) lies in it."
    case .words: return "You said \(guess.text), which is no number; \(name) is \(actual)."
    }
  }

  /// All guesses in a sentence or two; nil where there is none.
  package static func summary(_ scores: GuessScores) -> String? {
    guard scores.count > 0 else { return nil }
    var parts: [String] = []
    if let factor = scores.medianFactor {
      parts.append(
        factor < 1.005
          ? "your numbers were right" : "your numbers were off by a factor of \(self.factor(factor))")
    }
    if scores.intervals.all > 0 {
      parts.append("\(scores.intervals.hit) of \(scores.intervals.all) intervals held the value")
    }
    if scores.words.all > 0 {
      parts.append("\(scores.words.right) of \(scores.words.all) other guesses were right")
    }
    let count = scores.count == 1 ? "One guess" : "\(scores.count) guesses"
    return "\(count): \(parts.joined(separator: ", "))."
  }

  /// A factor: two decimals while it is near one.
  package static func factor(_ factor: Double) -> String {
    guard factor.isFinite, factor < 100 else { return ChartNumber.text(factor) }
    let scale = factor < 10 ? 100.0 : 10.0
    return ChartNumber.text((factor * scale).rounded() / scale)
  }

  /// The table by topic, with a last row for everything.
  static func table(
    _ guesses: [(topic: String, guess: Guess, score: Guess.Score)]
  ) -> ColumnTable {
    var topics: [String] = []
    var scores: [String: GuessScores] = [:]
    var all = GuessScores()
    for guess in guesses {
      if scores[guess.topic] == nil { topics.append(guess.topic) }
      scores[guess.topic, default: GuessScores()].add(guess.score)
      all.add(guess.score)
    }
    var rows = topics.map { row($0, scores[$0] ?? GuessScores()) }
    if topics.count > 1 { rows.append(row("Together", all)) }
    return ColumnTable(
      alignments: [.left, .right, .right, .right, .right],
      header: ["topic", "guesses", "off by", "intervals", "other"].map { [Span($0)] }, rows: rows)
  }

  private static func row(_ topic: String, _ scores: GuessScores) -> [[Span]] {
    let factor = scores.medianFactor.map { "×" + self.factor($0) } ?? "–"
    let intervals = scores.intervals.all > 0 ? "\(scores.intervals.hit)/\(scores.intervals.all)" : "–"
    let words = scores.words.all > 0 ? "\(scores.words.right)/\(scores.words.all)" : "–"
    return [
      [Span(topic)], [Span("\(scores.count)")], [Span(factor)], [Span(intervals)], [Span(words)],
    ]
  }
}
