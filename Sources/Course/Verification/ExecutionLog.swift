/// Everything that compiling and running a chapter found, before any of it is judged.
///
/// This is what the cache holds: judging is a pure function of the chapter and its log, so a changed
/// expectation or a changed sentence costs neither compiler nor run.
struct ExecutionLog: Codable, Sendable {
  /// A step, or a variant, that does not compile.
  struct Broken: Codable, Sendable {
    var id: String
    var line: Int
    var messages: [CompilerMessage]
  }

  /// Where each step's code began when the log was made, by id.
  var codeLines: [String: Int]
  /// What does not compile.
  var broken: [Broken] = []
  /// The errors of each block that must not compile, by id.
  var rejections: [String: [CompilerMessage]] = [:]
  /// The chapter's own run; nil when nothing of it compiles.
  var main: ProcessLog?
  /// Each variant's run, by id.
  var variants: [String: ProcessLog] = [:]
  /// What went wrong that belongs to no step.
  var failure: [CompilerMessage] = []
  /// Wall time of all of it, in seconds.
  var seconds = 0.0

  /// Whether the same code must give the same log.
  var isLasting: Bool {
    !([main].compactMap { $0 } + Array(variants.values)).contains(where: \.dependsOnLimits)
      && failure.isEmpty
  }

  /// Whether each run's steps took no longer than a limit, so that it would have ended under that too.
  func isWithin(_ limit: Double) -> Bool {
    ([main].compactMap { $0 } + Array(variants.values)).allSatisfy { $0.stepSeconds <= limit }
  }

  /// The log as it would be had the steps stood where the chapter has them now.
  func moved(to chapter: Chapter) -> ExecutionLog {
    let shift = LineShift(from: codeLines, to: chapter.steps)
    guard !shift.isNone else { return self }
    var moved = self
    moved.codeLines = Dictionary(
      chapter.steps.map { ($0.id, $0.codeLine) }, uniquingKeysWith: { first, _ in first })
    moved.broken = broken.map {
      Broken(id: $0.id, line: shift.line($0.line), messages: $0.messages.map(shift.message))
    }
    moved.rejections = rejections.mapValues { $0.map(shift.message) }
    moved.main = main.map(shift.log)
    moved.variants = variants.mapValues(shift.log)
    return moved
  }
}
