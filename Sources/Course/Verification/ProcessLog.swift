internal import StepRecords

/// What one run of a chapter's program left behind: everything that judging needs.
struct ProcessLog: Codable, Sendable {
  /// What it announced, in order.
  var records: [StepRecord]
  /// What each step printed, by id.
  var outputs: [String: String]
  /// How it ended.
  var ending: ChildProcess.Ending
  /// What it, or the runtime, said on standard error when it crashed.
  var crash: CrashReport?

  /// Whether a second run could end otherwise only because the machine was busy.
  var dependsOnLimits: Bool {
    switch ending {
    case .timedOut, .outOfMemory, .wroteTooMuch: true
    // Killed from outside, as the system does when its memory runs out.
    case .signalled(9), .signalled(15): true
    case .exited, .signalled: crash?.isOutOfMemory ?? false
    }
  }

  /// How long its steps took together, as far as they came to their end.
  var stepSeconds: Double {
    records.reduce(0) { sum, record in
      guard case .stepEnded(_, _, let seconds) = record else { return sum }
      return sum + seconds
    }
  }
}
