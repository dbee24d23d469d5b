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
    case .exited, .signalled: crash?.isOutOfMemory ?? false
    }
  }
}
