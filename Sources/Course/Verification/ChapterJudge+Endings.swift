internal import StepRecords

extension ChapterJudge {
  /// Says why a step did not come to its end.
  ///
  /// - Parameters:
  ///   - log: The run that ended in it.
  ///   - step: The step.
  ///   - trace: What it had announced.
  /// - Returns: The outcome.
  mutating func reportEnding(
    of log: ProcessLog, in step: Step, _ trace: StepTrace
  ) -> StepOutcome.Outcome {
    let ending = StepEnding(log, trace, options)
    let line = ending.line ?? trace.reached ?? step.line
    report(ending.id, line, ending.summary)
    return ending.outcome
  }
}

/// Why a run ended in the middle of a step, in words.
struct StepEnding {
  let outcome: StepOutcome.Outcome
  let id: String
  let summary: String
  /// A better line than that of the statement, where there is one.
  let line: Int?

  init(_ log: ProcessLog, _ trace: StepTrace, _ options: VerifyOptions) {
    if let description = trace.uncaught {
      self.init(uncaught: description)
      return
    }
    switch log.ending {
    case .timedOut:
      self.init(
        .timedOut, "timed-out",
        "did not end within \(Self.seconds(options.timeLimit)): an endless loop, or more work than "
          + "--time-limit allows")
    case .outOfMemory(let megabytes):
      self.init(outOfMemory: "held \(megabytes) MB", options)
    case .wroteTooMuch:
      self.init(
        .didNotHold, "too-much-output",
        "left more than 16 MB of output or results and was stopped; print, check and show less, or a "
          + "summary")
    case .exited(let code):
      self.init(
        .didNotHold, "ended-the-program",
        "ended the program with exit status \(code), before the end of the step; a step must let "
          + "the chapter go on")
    case .signalled(let signal):
      let crash = log.crash
      if let description = crash?.uncaught {
        self.init(uncaught: description)
      } else if crash?.isOutOfMemory == true {
        self.init(outOfMemory: crash?.text ?? "", options)
      } else {
        self.init(
          .trapped, "trapped", "trapped: \(crash?.text ?? "signal \(signal)")",
          line: crash?.line)
      }
    }
  }

  private init(uncaught description: String) {
    self.init(
      .trapped, "uncaught-error",
      "an error left the step and ended the program: \(description); expect it with "
        + "'// => throws:', or handle it")
  }

  private init(outOfMemory words: String, _ options: VerifyOptions) {
    self.init(
      .outOfMemory, "out-of-memory",
      "ran out of memory (\(words)); --memory-limit is \(options.memoryLimit) MB")
  }

  private init(
    _ outcome: StepOutcome.Outcome, _ id: String, _ summary: String, line: Int? = nil
  ) {
    self.outcome = outcome
    self.id = id
    self.summary = summary
    self.line = line
  }

  private static func seconds(_ seconds: Double) -> String {
    seconds == seconds.rounded() ? "\(Int(seconds)) s" : "\(seconds) s"
  }
}
