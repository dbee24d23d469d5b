public import StepRecords

/// Holds every linked number of a chapter against the value it links to.
///
/// The nearest preceding step that has the name counts, else the next. A step that leaves several
/// different values under one name is ambiguous, and so is a label whose slug is an expression of
/// the same step with another value. Where that step did not run, the number is not judged: the
/// step's own failure is reported, and a slow step is nobody's failure.
///
/// A number must equal its value at the digits written, ties to even: `43` states 42.7 as well, for
/// people round when they write. (An expectation in code is stricter: there a whole number is
/// exact.) `39%` states 0.39 of a value shown with the unit `%`, which is a fraction; of any other
/// value it states 39 and the sign is only read aloud.
public struct ProvenNumberCheck: Sendable {
  /// What a number's target turned out to be.
  public enum Resolution: Hashable, Sendable {
    /// A value, the index of the step that left it, and the unit it was shown with.
    case value(step: Int, RecordedValue, unit: String?)
    /// The step, by its index, did not get to the value.
    case notRun(step: Int)
    /// No step has a value of that name; these are spelled alike.
    case unknown(near: [String])
    /// One step has several different values of that name.
    case ambiguous(step: Int, [RecordedValue])
  }

  private let chapter: Chapter
  private let index: ValueIndex

  /// A check of a chapter against how its steps ended.
  public init(chapter: Chapter, outcomes: [StepOutcome]) {
    self.chapter = chapter
    index = ValueIndex(chapter: chapter, outcomes: outcomes)
  }

  /// What is wrong with the chapter's linked numbers and predictions, in line order.
  public func diagnostics() -> [Diagnostic] {
    var diagnostics: [Diagnostic] = []
    for number in chapter.blocks.flatMap(\.provenNumbers) {
      diagnostics += self.diagnostics(of: number)
    }
    for (name, line) in chapter.blocks.flatMap(\.predictions) {
      if case .unknown(let near) = resolution(of: name, line: line) {
        diagnostics.append(unknown(name, near, line: line, what: "the prediction"))
      }
    }
    return diagnostics.sorted { $0.line < $1.line }
  }

  /// The value a number links to.
  public func resolution(of number: ProvenNumber) -> Resolution {
    resolution(of: number.target, line: number.line)
  }

  /// The value of a name for prose at a line.
  public func resolution(of name: String, line: Int) -> Resolution {
    guard let place = index.place(of: name, nearestTo: line) else {
      if let step = index.unfinished.first(where: { $0.labels.contains(name) })?.step {
        return .notRun(step: step)
      }
      return .unknown(near: NearestWords.to(name, among: index.places.keys.sorted()))
    }
    guard let first = place.entries.first else { return .notRun(step: place.step) }
    let texts = Set(place.entries.map(\.value.text))
    guard texts.count == 1 else {
      return .ambiguous(step: place.step, place.entries.map(\.value))
    }
    let unit = place.entries.lazy.compactMap(\.unit).first
    return .value(step: place.step, first.value, unit: unit)
  }

  /// Whether a number states its value; nil where there is no value or either is not a number.
  public func judgement(of number: ProvenNumber) -> Judgement? {
    guard case .value(_, let value, let unit) = resolution(of: number),
      let expected = Self.expected(number, unit: unit), value.number != nil
    else { return nil }
    return expected.judge(value)
  }

  /// How a label is linked: small letters and digits, everything between them one hyphen.
  public static func slug(_ label: String) -> String {
    label.lowercased().split { !$0.isLetter && !$0.isNumber && $0 != "_" }.joined(separator: "-")
  }

  /// What a number in prose says its value must be; nil where its text is no number.
  static func expected(_ number: ProvenNumber, unit: String?) -> ExpectedValue? {
    guard let shape = NumberShape(prose: number.text) else { return nil }
    var written = shape.number
    if shape.isPercentOf(unit: unit) {
      written = WrittenNumber(
        decimal: written.decimal.shifted(by: -2), precision: written.precision.ofPercent)
    } else if written.precision == .exact {
      written = WrittenNumber(decimal: written.decimal, precision: .decimals(0))
    }
    switch number.relation {
    case nil: return .number(written, tolerance: nil)
    case "<": return .less(written, orEqual: false)
    case "<=", "≤": return .less(written, orEqual: true)
    case ">": return .greater(written, orEqual: false)
    case ">=", "≥": return .greater(written, orEqual: true)
    default: return nil
    }
  }

  // MARK: - Diagnostics

  private func diagnostics(of number: ProvenNumber) -> [Diagnostic] {
    let line = number.line
    switch resolution(of: number) {
    case .notRun: return []
    case .unknown(let near):
      return [unknown(number.target, near, line: line, what: "\(number.text)")]
    case .ambiguous(let step, let values):
      let texts = values.prefix(4).map(\.text).joined(separator: ", ")
      return [
        diagnostic(
          "ambiguous-value", line,
          "\(number.target) has several values in step \(chapter.steps[step].id) (\(texts)); "
            + "bind the one meant to a name of its own")
      ]
    case .value(let step, let value, let unit):
      guard let expected = Self.expected(number, unit: unit) else {
        return [
          diagnostic(
            "not-a-number", line,
            "\(number.text)\(number.relation.map { " with \"\($0)\"" } ?? "") does not state a "
              + "number; write one, with \"<\", \">\", \"<=\" or \">=\" as title for a bound")
        ]
      }
      guard value.number != nil else {
        return [
          diagnostic(
            "not-a-number", line,
            "\(number.target) is \(value.kindName) (\(value.displayText)), which no number "
              + "can state; bind the part meant to a name")
        ]
      }
      let judgement = expected.judge(value)
      guard let reason = judgement.reason else { return [] }
      let stated = number.relation.map { $0 + " " } ?? ""
      return [
        diagnostic(
          "wrong-number", line,
          "the prose says \(number.target) is \(stated)\(number.text), but it \(reason)",
          notes: notes(number, value, unit, step))
      ]
    }
  }

  private func notes(
    _ number: ProvenNumber, _ value: RecordedValue, _ unit: String?, _ step: Int
  ) -> [String] {
    let step = chapter.steps[step]
    var notes = ["the value is \(value.text), from step \(step.id) at line \(step.line)"]
    if number.relation == nil,
      let text = WrittenNumber.rewritten(prose: number.text, for: value, unit: unit)
    {
      notes.append("at the digits written: \(text)")
    }
    if number.text.hasSuffix("%"), unit != "%" {
      notes.append("39% means 0.39 only of a value shown with the unit %")
    } else if number.text.hasSuffix("%") {
      notes.append("a value shown with the unit % is a fraction: 0.39 is 39%")
    }
    return notes
  }

  private func unknown(_ name: String, _ near: [String], line: Int, what: String) -> Diagnostic {
    let question = near.isEmpty ? "" : "; did you mean \(near.joined(separator: " or "))?"
    return diagnostic(
      "unknown-value", line,
      "\(what) links to \(name), which no step checks or shows\(question)",
      notes: [
        "a name is the left side of an expectation, or a label shown: \"worst case\" is #worst-case"
      ])
  }

  private func diagnostic(
    _ id: String, _ line: Int, _ summary: String, notes: [String] = []
  ) -> Diagnostic {
    Diagnostic(id: id, path: chapter.path, line: line, summary: summary, notes: notes)
  }
}

extension WrittenNumber.Precision {
  /// The precision of the fraction that a percentage states: two more decimals.
  fileprivate var ofPercent: Self {
    switch self {
    case .exact: .decimals(2)
    case .decimals(let count): .decimals(count + 2)
    case .significant: self
    }
  }
}
