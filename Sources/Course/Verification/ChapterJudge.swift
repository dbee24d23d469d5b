internal import StepRecords

/// Says how every step of a chapter ended: a pure function of the chapter, the plan and the log.
///
/// A step of the program that fails is the end of the story: what follows may rest on it, and is not
/// reached. The values that later steps left are kept all the same, for the author's next correction,
/// and the wrong ones among them are warnings. A variant, or a block that must not compile, fails alone.
struct ChapterJudge {
  let chapter: Chapter
  let plan: ProgramPlan
  let log: ExecutionLog
  private(set) var outcomes: [StepOutcome]
  private(set) var diagnostics: [Diagnostic] = []
  let options: VerifyOptions
  /// The place of the first part of the program that failed.
  private var failedPart: Int?

  /// Judges a chapter.
  init(_ chapter: Chapter, plan: ProgramPlan, log: ExecutionLog, options: VerifyOptions) {
    self.chapter = chapter
    self.plan = plan
    self.log = log
    self.options = options
    outcomes = chapter.steps.map { step in
      StepOutcome(
        id: step.id, line: step.line, outcome: .notReached,
        expectations: step.expectations.map(ExpectationJudge.unmet))
    }
    for index in plan.skipped { outcomes[index].outcome = .skipped }
    judgeFailure()
    judgeProgram()
    let end = failedPart ?? Int.max
    for (place, part) in plan.parts.enumerated() where place < end {
      if case .variant(let variant) = part { judgeVariant(variant) }
    }
    for rejected in plan.rejected where rejected.position <= end {
      judgeRejected(rejected.step)
    }
    diagnostics.sort { $0.line < $1.line }
  }

  /// Whether every step ended as it should: held, or left out because it is slow or rests on what is.
  var held: Bool {
    outcomes.indices.allSatisfy { index in
      switch outcomes[index].outcome {
      case .held, .skipped: true
      case .notReached: plan.blocked[index] != nil
      default: false
      }
    } && !diagnostics.contains { $0.severity == .error }
  }

  mutating func report(
    _ id: String, _ line: Int, _ summary: String, notes: [String] = [],
    severity: Diagnostic.Severity = .error
  ) {
    diagnostics.append(
      Diagnostic(
        severity, id: id, path: chapter.path, line: line, summary: summary, notes: notes))
  }

  mutating func setOutcome(_ outcome: StepOutcome, of step: Int) {
    outcomes[step] = outcome
  }

  private mutating func judgeFailure() {
    guard let message = log.failure.first else { return }
    report(
      "cannot-compile", 1,
      "the chapter's program cannot be built: \(message.text)",
      notes: log.failure.dropFirst().map(\.text))
  }

  // MARK: The program

  private mutating func judgeProgram() {
    let traces = StepTrace.traces(of: log.main?.records ?? [])
    var hasFailed = false
    for index in plan.mainSteps {
      let step = chapter.steps[index]
      let trace = traces[step.id]
      if hasFailed {
        keepValues(of: index, trace)
        continue
      }
      if let broken = log.broken.first(where: { $0.id == step.id }) {
        outcomes[index].outcome = .didNotCompile
        reportBroken(broken)
      } else if let trace {
        judge(index, trace)
      } else if let main = log.main {
        // The run ended between two steps, or before the first.
        outcomes[index].outcome = reportEnding(of: main, in: step, StepTrace())
      }
      guard outcomes[index].outcome != .held else { continue }
      hasFailed = true
      failedPart = plan.parts.firstIndex { $0 == .step(index) || $0 == .check(index) }
      if case .check(let exercise) = step.role { blameSolution(of: exercise, step) }
    }
    if !hasFailed { judgeExcess(traces) }
  }

  /// A run whose last step came to its end before anybody saw how much it had written.
  private mutating func judgeExcess(_ traces: [String: StepTrace]) {
    guard let main = log.main, main.ending == .wroteTooMuch, let last = plan.mainSteps.last
    else { return }
    let step = chapter.steps[last]
    outcomes[last].outcome = reportEnding(of: main, in: step, traces[step.id] ?? StepTrace())
    failedPart = plan.parts.firstIndex { $0 == .step(last) || $0 == .check(last) }
  }

  /// A step of the program that ran, to its end or not.
  private mutating func judge(_ index: Int, _ trace: StepTrace) {
    guard let main = log.main else { return }
    let judged = StepJudge(options: options, path: chapter.path)
      .judge(chapter.steps[index], trace, in: main)
    outcomes[index] = judged.outcome
    diagnostics += judged.diagnostics
  }

  /// What a step left that came after a failure.
  private mutating func keepValues(of index: Int, _ trace: StepTrace?) {
    let findings = ExpectationJudge(chapter.steps[index], trace).findings()
    outcomes[index].expectations = findings.map(\.judged)
    for finding in findings where finding.isReached && !finding.judged.held {
      diagnostics.append(
        StepJudge.diagnostic(
          "after-failure", finding, path: chapter.path, severity: .warning))
    }
  }

  private mutating func blameSolution(of exercise: String, _ check: Step) {
    let solution = chapter.steps.firstIndex { $0.role == .solution(exercise: exercise) }
    guard let solution, outcomes[solution].outcome == .held else { return }
    outcomes[solution].outcome = .didNotHold
    report(
      "solution-fails", chapter.steps[solution].line,
      "the solution of '\(exercise)' does not pass its check at line \(check.line)")
  }

  mutating func reportBroken(_ broken: ExecutionLog.Broken) {
    for message in broken.messages.prefix(8) {
      report(
        "did-not-compile", message.line > 0 ? message.line : broken.line,
        "does not compile: \(message.text)", notes: message.notes.map(\.text))
    }
  }
}
