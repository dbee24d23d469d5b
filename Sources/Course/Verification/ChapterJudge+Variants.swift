internal import StepRecords

extension ChapterJudge {
  /// Judges a stub, a wrong answer, or a block that must trap: it holds when it failed as declared.
  mutating func judgeVariant(_ variant: ProgramPlan.Variant) {
    let step = chapter.steps[variant.step]
    if let broken = log.broken.first(where: { $0.id == step.id }) {
      setOutcome(outcome(of: step, .didNotCompile, nil), of: variant.step)
      reportBroken(broken)
      return
    }
    guard let run = log.variants[step.id] else { return }
    let traces = StepTrace.traces(of: run.records)
    // Without its own beginning, a step before it ended the run.
    guard let trace = traces[step.id] else { return }
    if step.role == .traps {
      judgeTrap(variant.step, run, trace)
    } else {
      judgeAnswer(variant, run, trace)
    }
  }

  // MARK: Blocks that must trap

  private mutating func judgeTrap(_ index: Int, _ run: ProcessLog, _ trace: StepTrace) {
    let step = chapter.steps[index]
    let ending = StepEnding(run, trace, options)
    var findings = ExpectationJudge(step, trace).findings()
    var result = StepOutcome.Outcome.held
    if trace.seconds != nil {
      result = .didNotHold
      report("does-not-trap", step.line, "must trap, but ran to its end")
    } else if ending.id != "trapped" {
      result = ending.outcome == .trapped ? .didNotHold : ending.outcome
      report(
        "does-not-trap", ending.line ?? trace.reached ?? step.line,
        "must trap, but \(ending.summary)")
    }
    let text = run.crash?.text ?? ""
    for (place, expectation) in step.expectations.enumerated() {
      guard case .trap = expectation.expected, result == .held else { continue }
      guard trace.reached == expectation.statementLine else {
        result = .didNotHold
        report(
          "traps-elsewhere", trace.reached ?? step.line,
          "traps here (\(text)), not at line \(expectation.line) as expected")
        continue
      }
      findings[place] = ExpectationJudge.finding(
        expectation, expectation.expected.judge(text: text), nil)
      guard !findings[place].judged.held else { continue }
      result = .didNotHold
      report(
        "traps-otherwise", expectation.line,
        "traps with '\(text)', expected \(expectation.written)")
    }
    for finding in findings where finding.isReached && !finding.judged.held && result == .held {
      result = .didNotHold
      report(
        "did-not-hold", finding.judged.line,
        "\(finding.judged.expression) is \(finding.judged.actual), expected "
          + finding.judged.expected)
    }
    var outcome = outcome(of: step, result, trace)
    outcome.expectations = findings.map(\.judged)
    outcome.output = run.outputs[step.id] ?? ""
    setOutcome(outcome, of: index)
  }

  // MARK: Stubs and wrong answers

  private mutating func judgeAnswer(
    _ variant: ProgramPlan.Variant, _ run: ProcessLog, _ trace: StepTrace
  ) {
    let step = chapter.steps[variant.step]
    var outcome = outcome(of: step, .held, trace)
    outcome.output = run.outputs[step.id] ?? ""
    outcome.expectations = ExpectationJudge(step, trace).findings().map(\.judged)
    let failure = AnswerTrial(variant, run, steps: chapter.steps, options: options).failure
    switch (step.role, failure) {
    case (_, .stopped(let ending)?):
      outcome.outcome = ending.outcome
      report(ending.id, step.line, "'\(step.id)' \(ending.summary)")
    case (_, .nothingChecked?):
      outcome.outcome = .didNotHold
      report(
        "no-check", step.line,
        "nothing checks '\(step.id)': add a 'swift check=\(step.exercise ?? "")' block with "
          + "expectations")
    case (.stub, nil):
      outcome.outcome = .didNotHold
      report(
        "stub-passes", step.line,
        "the stub already passes every check of '\(step.exercise ?? "")'; there is nothing left "
          + "to learn: add a check that it fails")
    case (.wrong, nil):
      outcome.outcome = .didNotHold
      report(
        "wrong-passes", step.line,
        "'\(step.id)' passes every check, so nobody would be told it is wrong: add a check that "
          + "it fails")
    case (.wrong(_, let declared?), .check(let number, let words)?) where number != declared:
      outcome.outcome = .didNotHold
      report(
        "wrong-fails-elsewhere", step.line,
        "'\(step.id)' fails first at check \(number), not at check \(declared) as declared",
        notes: [words])
    default: break
    }
    setOutcome(outcome, of: variant.step)
  }

  // MARK: Blocks that must not compile

  /// Judges a block that the compiler must refuse.
  mutating func judgeRejected(_ index: Int) {
    let step = chapter.steps[index]
    guard let messages = log.rejections[step.id] else { return }
    let owners = ErrorOwners(chapter)
    let own = messages.filter { owners.owner(of: $0) == .variant(index) }
    var outcome = outcome(of: step, .held, nil)
    if messages.isEmpty {
      outcome.outcome = .didNotHold
      report("compiles", step.line, "must not compile, but does")
    } else if own.isEmpty {
      // The program above it does not compile, which is said there.
      outcome.outcome = .notReached
    } else {
      for (place, expectation) in step.expectations.enumerated() {
        judge(expectation, at: place, own, &outcome)
      }
    }
    setOutcome(outcome, of: index)
  }

  private mutating func judge(
    _ expectation: Expectation, at place: Int, _ messages: [CompilerMessage],
    _ outcome: inout StepOutcome
  ) {
    guard case .compileError = expectation.expected else { return }
    let judgements = messages.map { expectation.expected.judge(text: $0.text) }
    guard let best = judgements.first(where: \.held) ?? judgements.first else { return }
    outcome.expectations[place] = ExpectationJudge.finding(expectation, best, nil).judged
    guard !best.held else { return }
    outcome.outcome = .didNotHold
    report(
      "rejected-otherwise", expectation.line,
      "the compiler says '\(messages[0].text)', expected \(expectation.written)",
      notes: messages.dropFirst().map(\.text))
  }

  private func outcome(
    of step: Step, _ result: StepOutcome.Outcome, _ trace: StepTrace?
  ) -> StepOutcome {
    StepOutcome(
      id: step.id, line: step.line, outcome: result,
      expectations: step.expectations.map(ExpectationJudge.unmet), seconds: trace?.seconds ?? 0,
      results: trace?.results ?? [])
  }
}
