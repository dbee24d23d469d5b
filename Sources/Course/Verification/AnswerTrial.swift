internal import StepRecords

/// How far an answer to an exercise came: every check it passed, and the first that it did not.
struct AnswerTrial {
  /// Why an answer is no solution.
  enum Failure {
    /// A check, counted from 1, and what was found there.
    case check(Int, String)
    /// It went past a limit, which says nothing about the answer's values.
    case stopped(StepEnding)
    /// Nothing was checked at all.
    case nothingChecked
  }

  /// The checks that ran, in order, the failed one last.
  private(set) var checks: [JudgedExpectation] = []
  /// Why it is no solution; nil when every check passed.
  private(set) var failure: Failure?

  /// Judges one run of an answer and its checks.
  ///
  /// - Parameters:
  ///   - variant: The answer's step, and those of its checks.
  ///   - run: What the run left.
  ///   - steps: The chapter's steps.
  ///   - options: The limits it ran under.
  init(
    _ variant: ProgramPlan.Variant, _ run: ProcessLog, steps: [Step], options: VerifyOptions
  ) {
    let traces = StepTrace.traces(of: run.records)
    var number = 0
    for index in [variant.step] + variant.checks {
      let check = steps[index]
      let trace = traces[check.id]
      let isAnswer = index == variant.step
      for finding in isAnswer ? [] : ExpectationJudge(check, trace).findings() {
        number += 1
        guard finding.isReached else { break }
        let judged = finding.judged
        checks.append(judged)
        guard !judged.held else { continue }
        failure = .check(
          number,
          "\(judged.expression) is \(judged.actual.abridged), expected \(judged.expected.abridged)")
        return
      }
      guard trace?.seconds == nil else { continue }
      // It stopped on its way to this check: a limit is a mistake, a trap or an error is a failure.
      let ending = StepEnding(run, trace ?? StepTrace(), options)
      failure =
        ending.outcome == .trapped || ending.id == "ended-the-program"
        ? .check(max(1, number), ending.summary) : .stopped(ending)
      return
    }
    if number == 0 { failure = .nothingChecked }
  }
}
