internal import StepRecords

/// Says how one step ended that a program ran: every expectation, what it printed, why it stopped.
struct StepJudge {
  let options: VerifyOptions
  /// The chapter's path, for messages.
  let path: String

  /// An outcome, and what there is to say of it.
  struct Judged {
    var outcome: StepOutcome
    var diagnostics: [Diagnostic]
  }

  /// Judges a step.
  ///
  /// - Parameters:
  ///   - step: The step.
  ///   - trace: What it announced; one without `seconds` did not come to its end.
  ///   - run: The run it was part of.
  /// - Returns: Its outcome; whatever went wrong is in the diagnostics.
  func judge(_ step: Step, _ trace: StepTrace, in run: ProcessLog) -> Judged {
    let findings = ExpectationJudge(step, trace).findings()
    var outcome = StepOutcome(
      id: step.id, line: step.line, outcome: .held, expectations: findings.map(\.judged),
      seconds: trace.seconds ?? 0, output: run.outputs[step.id] ?? "", results: trace.results)
    var diagnostics: [Diagnostic] = []
    func report(_ id: String, _ line: Int, _ summary: String) {
      diagnostics.append(Diagnostic(id: id, path: path, line: line, summary: summary))
    }
    for finding in findings where finding.isReached && !finding.judged.held {
      outcome.outcome = .didNotHold
      diagnostics.append(Self.diagnostic("did-not-hold", finding, path: path))
    }
    if trace.seconds == nil {
      let ending = StepEnding(run, trace, options)
      report(ending.id, ending.line ?? trace.reached ?? step.line, ending.summary)
      outcome.outcome = ending.outcome
    } else if outcome.outcome == .held, let missed = findings.first(where: { !$0.isReached }) {
      outcome.outcome = .didNotHold
      report(
        "did-not-hold", missed.judged.line,
        "the step ended without a value for \(missed.judged.expression)")
    }
    if let expected = step.expectedOutput, trace.seconds != nil,
      let difference = OutputComparison.difference(
        printed: outcome.output, expected: expected.text)
    {
      outcome.outcome = .didNotHold
      report("wrong-output", expected.line, "the step printed something else: \(difference)")
    }
    return Judged(outcome: outcome, diagnostics: diagnostics)
  }

  /// What is said of an expectation that met another value.
  static func diagnostic(
    _ id: String, _ finding: ExpectationJudge.Finding, path: String,
    severity: Diagnostic.Severity = .error
  ) -> Diagnostic {
    let judged = finding.judged
    let summary =
      judged.expected == "?"
      ? "\(judged.expression) is \(judged.actual.abridged): nothing is expected of it yet; "
        + "'nibble verify --accept' fills it in"
      : "\(judged.expression) is \(judged.actual.abridged), expected \(judged.expected.abridged)"
    // "is 0.5" says nothing that the sentence does not.
    let isKnown = finding.reason?.hasPrefix("is \(judged.actual)") ?? true
    return Diagnostic(
      severity, id: id, path: path, line: judged.line, summary: summary,
      notes: isKnown ? [] : [finding.reason ?? ""])
  }
}
