package import StepRecords

/// The words that pages and terminals use for what a step is and how it ended: the same in both.
package enum StepWords {
  /// What a fence is for, where that is not plain code; nil for steps and claims.
  package static func role(of step: Step) -> String? {
    switch step.role {
    case .plain, .claim: nil
    case .stub: "Start from this"
    case .check: "Your answer must pass"
    case .solution: "A solution"
    case .wrong: "A wrong answer"
    case .rejects: "Must not compile"
    case .traps: "Must trap"
    }
  }

  /// How it ended, as a sentence; nil where nothing needs saying, since the values say it.
  package static func ending(of step: Step, outcome: StepOutcome.Outcome?) -> String? {
    switch outcome {
    case .held?: proof(of: step)
    case .didNotHold?: "Did not hold."
    case .didNotCompile?: "Did not compile."
    case .trapped?: "Trapped."
    case .timedOut?: "Stopped: it ran longer than its time limit."
    case .outOfMemory?: "Stopped: it used more than its memory limit."
    case .notReached?: "Not reached: an earlier step did not end well."
    case .skipped?: "Skipped: a slow step, which runs with nibble verify --slow."
    case nil: "Not run yet: nibble verify runs it."
    }
  }

  /// Whether an outcome is a failure of the chapter, rather than success or nothing.
  package static func isFailure(_ outcome: StepOutcome.Outcome?) -> Bool {
    switch outcome {
    case .didNotHold?, .didNotCompile?, .trapped?, .timedOut?, .outOfMemory?: true
    case .held?, .notReached?, .skipped?, nil: false
    }
  }

  private static func proof(of step: Step) -> String? {
    switch step.role {
    case .plain, .claim, .check: nil
    case .stub: "Compiles, and does not pass yet."
    case .solution: "Passes every check."
    case .wrong(_, let failsAt?): "Fails first at check \(failsAt)."
    case .wrong(_, nil): "Fails a check."
    case .rejects: "The compiler refused it, as it should."
    case .traps: "It trapped, as it should."
    }
  }

  /// A verdict in a word or a few: `holds`, `fails`, `holds when normal, uniform`.
  package static func verdict(_ conditions: [VerdictCondition]) -> String {
    let held = conditions.filter(\.holds)
    if held.isEmpty { return "fails" }
    if held.count == conditions.count { return "holds" }
    return "holds when " + held.map(\.name).joined(separator: ", ")
  }

  /// The verdict a step computed; nil when it has not.
  package static func verdict(of outcome: StepOutcome?) -> String? {
    let values = outcome?.expectations.compactMap(\.value) ?? []
    for case .verdict(let conditions) in values.reversed() { return verdict(conditions) }
    return nil
  }

  /// Diagnostics that speak of a step: of its fence, its code, or the output expected of it.
  package static func diagnostics(of step: Step, in diagnostics: [Diagnostic]) -> [Diagnostic] {
    let codeEnd = step.codeLine + step.code.count { $0 == "\n" }
    let output = step.expectedOutput.map { output in
      output.line...(output.line + 1 + output.text.count { $0 == "\n" })
    }
    return diagnostics.filter { diagnostic in
      (step.line...max(step.line, codeEnd)).contains(diagnostic.line)
        || output?.contains(diagnostic.line) == true
    }
  }

  /// What a judged expectation shows beside its line: the value and, where it did not hold, what was
  /// expected.
  package static func value(of judged: JudgedExpectation) -> String {
    if case .verdict(let conditions)? = judged.value { return verdict(conditions) }
    if !judged.held { return judged.actual }
    // Where more digits were promised than people are usually shown, they are the point.
    if judged.expected.count(where: \.isNumber) > 6, case .float? = judged.value {
      return judged.actual
    }
    return judged.value?.displayText ?? judged.actual
  }

  /// One sentence that counts what was checked on a chapter.
  package static func summary(of chapter: Chapter, result: ChapterResult?) -> String {
    guard let result else { return "Nothing here has been run yet: nibble verify runs it." }
    let ran = result.steps.filter { $0.outcome != .notReached && $0.outcome != .skipped }
    let judged = result.steps.flatMap(\.expectations)
    let held = judged.count(where: \.held)
    let steps = "\(ran.count) of \(chapter.steps.count) steps ran"
    if result.held {
      guard !chapter.steps.isEmpty else { return "This chapter has no steps to run." }
      let all = ran.count == chapter.steps.count ? "Every step ran" : steps
      switch judged.count {
      case 0: return "\(all)."
      case 1: return "\(all); the one value that was checked held."
      default: return "\(all); \(judged.count) values were checked, and every one held."
      }
    }
    return "This chapter does not hold: \(steps), "
      + "\(held) of \(judged.count) checked values held."
  }
}
