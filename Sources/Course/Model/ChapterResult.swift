public import StepRecords

/// What happened when a chapter ran: pages, terminals and reports are pure functions of a chapter and
/// its result.
public struct ChapterResult: Codable, Sendable, Equatable {
  /// The chapter's id.
  public var id: String
  /// Every step ended as it should and no diagnostic is an error.
  public var held: Bool
  /// Wall time of compiling and running, in seconds; of the first run when cached.
  public var seconds: Double
  /// Taken from the cache.
  public var isCached: Bool
  /// One outcome a step, in the chapter's order.
  public var steps: [StepOutcome]
  /// Everything there is to say, in line order.
  public var diagnostics: [Diagnostic]

  /// A result from its parts.
  public init(
    id: String, held: Bool, seconds: Double, isCached: Bool, steps: [StepOutcome],
    diagnostics: [Diagnostic]
  ) {
    self.id = id
    self.held = held
    self.seconds = seconds
    self.isCached = isCached
    self.steps = steps
    self.diagnostics = diagnostics
  }
}

/// How one step ended, and what it left.
public struct StepOutcome: Codable, Sendable, Hashable {
  /// The ways a step can end.
  ///
  /// For a stub, a wrong answer, `rejects` and `traps`, `held` means that it
  /// failed as declared.
  public enum Outcome: String, Codable, Sendable {
    case held
    case didNotHold = "did-not-hold"
    case didNotCompile = "did-not-compile"
    case trapped
    case timedOut = "timed-out"
    case outOfMemory = "out-of-memory"
    case notReached = "not-reached"
    case skipped
  }

  /// The step's id.
  public var id: String
  /// The line of its fence.
  public var line: Int
  /// How it ended.
  public var outcome: Outcome
  /// Each expectation, judged.
  public var expectations: [JudgedExpectation]
  /// Wall time of the step itself, in seconds.
  public var seconds: Double
  /// What it printed, cut where it was too long.
  public var output: String
  /// What it left to see, in order: shown values, tables, charts.
  public var results: [StepResult]

  /// An outcome from its parts.
  public init(
    id: String, line: Int, outcome: Outcome, expectations: [JudgedExpectation] = [],
    seconds: Double = 0, output: String = "", results: [StepResult] = []
  ) {
    self.id = id
    self.line = line
    self.outcome = outcome
    self.expectations = expectations
    self.seconds = seconds
    self.output = output
    self.results = results
  }
}

/// One expectation and the value it met.
public struct JudgedExpectation: Codable, Sendable, Hashable {
  /// The Markdown line.
  public var line: Int
  /// What was checked, as written.
  public var expression: String
  /// What was expected, as written.
  public var expected: String
  /// The value as text; empty when the step did not get there.
  public var actual: String
  /// The value itself, where there is one.
  public var value: RecordedValue?
  /// Whether it held.
  public var held: Bool
  /// How much of an explicit tolerance was used: 1 is all of it.
  public var toleranceUsed: Double?

  /// A judged expectation.
  public init(
    line: Int, expression: String, expected: String, actual: String, value: RecordedValue?,
    held: Bool, toleranceUsed: Double? = nil
  ) {
    self.line = line
    self.expression = expression
    self.expected = expected
    self.actual = actual
    self.value = value
    self.held = held
    self.toleranceUsed = toleranceUsed
  }
}

/// Something a step left for the reader.
public enum StepResult: Codable, Sendable, Hashable {
  /// A labelled value, its text, and its unit.
  case shown(label: String, value: RecordedValue, unit: String?)
  /// A table.
  case table(ResultTable)
  /// A chart.
  case chart(Chart)
}
