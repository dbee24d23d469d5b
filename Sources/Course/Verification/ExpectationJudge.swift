internal import StepRecords

/// Judges the expectations of one step against what a run announced about it.
struct ExpectationJudge {
  /// One expectation, judged, and what to say of it when it did not hold.
  struct Finding {
    var judged: JudgedExpectation
    var isReached: Bool
    var reason: String?
  }

  private let step: Step
  private let trace: StepTrace?

  init(_ step: Step, _ trace: StepTrace?) {
    self.step = step
    self.trace = trace
  }

  /// Every expectation in order.
  func findings() -> [Finding] {
    step.expectations.enumerated().map { index, expectation in
      switch expectation.expected {
      case .thrown: thrown(expectation, index)
      default: value(expectation, index)
      }
    }
  }

  /// An expectation that nothing has met.
  static func unmet(_ expectation: Expectation) -> JudgedExpectation {
    JudgedExpectation(
      line: expectation.line, expression: expectation.expression, expected: expectation.written,
      actual: "", value: nil, held: false)
  }

  private func value(_ expectation: Expectation, _ index: Int) -> Finding {
    guard let value = trace?.values[index] else {
      return Finding(judged: Self.unmet(expectation), isReached: false)
    }
    return Self.finding(expectation, expectation.expected.judge(value), value)
  }

  private func thrown(_ expectation: Expectation, _ index: Int) -> Finding {
    guard let trace, let outcome = trace.thrown[index] else {
      return Finding(judged: Self.unmet(expectation), isReached: false)
    }
    guard let description = outcome else {
      var judged = Self.unmet(expectation)
      judged.actual = "nothing thrown"
      return Finding(judged: judged, isReached: true, reason: "it returned instead of throwing")
    }
    return Self.finding(expectation, expectation.expected.judge(text: description), nil)
  }

  /// An expectation with the judgement that it met.
  static func finding(
    _ expectation: Expectation, _ judgement: Judgement, _ value: RecordedValue?
  ) -> Finding {
    Finding(
      judged: JudgedExpectation(
        line: expectation.line, expression: expectation.expression,
        expected: expectation.written, actual: judgement.actual, value: value,
        held: judgement.held, toleranceUsed: judgement.toleranceUsed),
      isReached: true, reason: judgement.reason)
  }
}
