import StepRecords

/// Which values a chapter's prose may link to, and where each was found.
///
/// A value is named by the left side of an expectation, or by the slug of a shown label. Stubs,
/// wrong answers, `rejects` and `traps` steps leave nothing: the program that readers see never
/// ran them.
struct ValueIndex {
  /// A value as one step left it.
  struct Entry: Hashable, Sendable {
    let value: RecordedValue
    /// The unit it was shown with.
    let unit: String?
  }

  /// What one step has under one name; no entries where it did not get there.
  struct Place: Hashable, Sendable {
    let step: Int
    let line: Int
    var entries: [Entry]
  }

  /// For each name, the steps that have it, in order.
  private(set) var places: [String: [Place]] = [:]
  /// Steps that did not run to their end, with their code's string literals: labels they may show.
  private(set) var unfinished: [(step: Int, labels: Set<String>)] = []

  init(chapter: Chapter, outcomes: [StepOutcome]) {
    let byID = Dictionary(outcomes.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    for (index, step) in chapter.steps.enumerated() where Self.leavesValues(step) {
      let outcome = byID[step.id]
      let ran = outcome.map { $0.outcome == .held || $0.outcome == .didNotHold } ?? false
      if !ran { unfinished.append((index, Self.labels(in: step.code))) }
      for (place, expectation) in step.expectations.enumerated()
      where expectation.expected.isNumeric {
        let judged = outcome.flatMap { Self.judged(expectation, at: place, in: $0) }
        add(
          expectation.expression, step: index, line: step.line,
          entry: judged.map {
            Entry(value: $0, unit: nil)
          })
      }
      for result in outcome?.results ?? [] {
        guard case .shown(let label, let value, let unit) = result else { continue }
        let slug = ProvenNumberCheck.slug(label)
        add(slug, step: index, line: step.line, entry: Entry(value: value, unit: unit))
      }
    }
  }

  private static func leavesValues(_ step: Step) -> Bool {
    switch step.role {
    case .plain, .claim, .solution, .check: true
    case .stub, .wrong, .rejects, .traps: false
    }
  }

  private static func judged(
    _ expectation: Expectation, at place: Int, in outcome: StepOutcome
  ) -> RecordedValue? {
    if place < outcome.expectations.count,
      outcome.expectations[place].line == expectation.line
    {
      return outcome.expectations[place].value
    }
    return outcome.expectations.first {
      $0.line == expectation.line && $0.expression == expectation.expression
    }?.value
  }

  private mutating func add(_ name: String, step: Int, line: Int, entry: Entry?) {
    var places = places[Self.key(name), default: []]
    if places.last?.step != step { places.append(Place(step: step, line: line, entries: [])) }
    if let entry { places[places.count - 1].entries.append(entry) }
    self.places[Self.key(name)] = places
  }

  /// An expression as a link can write it: without `try` and white space.
  static func key(_ name: String) -> String {
    var name = Substring(name)
    for word in ["try? ", "try! ", "try "] where name.hasPrefix(word) {
      name = name.dropFirst(word.count)
    }
    return String(name.filter { !$0.isWhitespace })
  }

  /// The place that counts for a line: the nearest before it, else the next after it.
  func place(of name: String, nearestTo line: Int) -> Place? {
    let places = self.places[name] ?? self.places[Self.key(name)] ?? []
    return places.last { $0.line <= line } ?? places.first
  }

  /// Literals in code, as the slugs they would have as labels.
  private static func labels(in code: String) -> Set<String> {
    let bytes = Array(code.utf8)
    let strings = SwiftLexer(code).tokens().filter { $0.kind == .string }
    return Set(
      strings.map { token in
        let text = String(decoding: bytes[token.range], as: UTF8.self)
        return ProvenNumberCheck.slug(String(text.drop { $0 == "#" || $0 == "\"" }))
      })
  }
}

extension ExpectedValue {
  /// Whether it is met by a value that prose could state.
  fileprivate var isNumeric: Bool {
    switch self {
    case .verdict, .compileError, .trap, .thrown: false
    default: true
    }
  }
}
