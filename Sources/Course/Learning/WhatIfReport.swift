/// What became of a step that a learner changed.
public struct WhatIfReport: Hashable, Sendable {
  /// How the changed step did.
  public enum Verdict: Hashable, Sendable {
    /// The code is what it was: nothing to run.
    case unchanged
    /// It ran to its end, or as far as it came: what it left.
    case ran(StepOutcome)
    /// It does not compile; lines count in the learner's file.
    case doesNotCompile([AnswerReport.Message])
    /// It could not be tried: no compiler, no editor.
    case notTried(reason: String)
  }

  /// The step's id.
  public let step: String
  /// The learner's file.
  public let path: String
  /// How it did.
  public let verdict: Verdict
  /// What the step left as the author wrote it; nil when it has not run.
  public let before: StepOutcome?
  /// Seconds from closing the editor to knowing.
  public let seconds: Double
  /// Later steps that no longer run because of the change, and why.
  public let broken: [String: String]

  /// A report from its parts.
  public init(
    step: String, path: String, verdict: Verdict, before: StepOutcome? = nil, seconds: Double = 0,
    broken: [String: String] = [:]
  ) {
    self.step = step
    self.path = path
    self.verdict = verdict
    self.before = before
    self.seconds = seconds
    self.broken = broken
  }
}
