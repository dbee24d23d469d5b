/// What became of a learner's answer to an exercise.
///
/// An answer is judged by what it computes, never by its text.
public struct AnswerReport: Hashable, Sendable {
  /// How the answer did.
  public enum Verdict: Hashable, Sendable {
    /// Every check passed.
    case solved
    /// A check did not pass: its number, counted from 1, and what was found there.
    case failed(check: Int, summary: String)
    /// The answer does not compile; each message with its line in the answer's file.
    case doesNotCompile([Message])
    /// It did not come to its end in time, ran out of memory, or ended the program.
    case stopped(summary: String)
    /// It could not be tried at all: no compiler, or the chapter itself does not hold up to here.
    case notTried(reason: String)
  }

  /// A message about a line of the learner's own file.
  public struct Message: Hashable, Sendable {
    /// The line in the file, counted from 1; 0 where there is none.
    public let line: Int
    /// What is wrong.
    public let text: String

    /// A message about a line.
    public init(line: Int, text: String) {
      self.line = line
      self.text = text
    }
  }

  /// What is said of a mistake that the author foresaw.
  public struct KnownMistake: Hashable, Sendable {
    /// The heading: "If you forgot to clamp".
    public let title: [Inline]
    /// The explanation, without the wrong code itself.
    public let blocks: [Block]
    /// Whether the answer computed just what this mistake computes; otherwise it only fails at the
    /// same check.
    public let isCertain: Bool

    /// What is said of a mistake.
    public init(title: [Inline], blocks: [Block], isCertain: Bool) {
      self.title = title
      self.blocks = blocks
      self.isCertain = isCertain
    }
  }

  /// The exercise's name.
  public let exercise: String
  /// The learner's file.
  public let path: String
  /// How it did.
  public let verdict: Verdict
  /// The checks that ran, in order, up to the first that did not pass.
  public let checks: [JudgedExpectation]
  /// How many checks there are.
  public let checkCount: Int
  /// The mistake that the answer shows, where the author foresaw it.
  public let mistake: KnownMistake?
  /// What the answer printed.
  public let output: String
  /// Seconds from asking to knowing.
  public let seconds: Double
  /// What kept it from being tried, where that was the machine.
  public let error: ExecutionError?

  /// A report from its parts.
  public init(
    exercise: String, path: String, verdict: Verdict, checks: [JudgedExpectation] = [],
    checkCount: Int = 0, mistake: KnownMistake? = nil, output: String = "", seconds: Double = 0,
    error: ExecutionError? = nil
  ) {
    self.exercise = exercise
    self.path = path
    self.verdict = verdict
    self.checks = checks
    self.checkCount = checkCount
    self.mistake = mistake
    self.output = output
    self.seconds = seconds
    self.error = error
  }

  /// How many checks passed.
  public var passed: Int { checks.count(where: \.held) }
}
