import Glibc
import Models
import Synchronization

/// Takes a job from where it stands to its end, or to Ctrl-C, which shows what has been found so far.
final class EvaluationRun: Sendable {
  /// What changes while it runs.
  struct Progress: Sendable {
    var state: EvaluationState
    /// Tokens run through the model since this run began, and the seconds they took.
    var tokens = 0
    var seconds = 0.0
    /// Whether the result has been shown, by this run or by whoever stopped it.
    var isShown = false
  }

  let job: EvaluationJob
  private let file: EvaluationStateFile
  private let progress: Mutex<Progress>
  /// So many seconds of work may be lost to a power cut.
  private static let secondsBetweenSaves = 10.0

  /// A run that goes on from a kept state, if there is one and it is wanted.
  init(_ job: EvaluationJob, file: EvaluationStateFile, resumes: Bool) {
    self.job = job
    self.file = file
    let kept = resumes ? file.read() : nil
    progress = Mutex(Progress(state: kept ?? EvaluationState()))
    if let kept, !kept.isEmpty {
      let answers = kept.answers.values.reduce(0) { $0 + $1.count }
      Output.note(
        "going on from where this was stopped: \(kept.sums.windows) windows and \(answers) answers are "
          + "there; --no-resume begins anew")
    }
  }

  /// Runs to the end; `show` is given the result once, then or when the process is stopped.
  ///
  /// - Parameter show: Prints a result; `isPartial` says whether more was asked for.
  /// - Throws: What the models or `show` throw.
  func run(showing show: @escaping @Sendable (Progress, _ isPartial: Bool) throws -> Void) throws {
    let stopping: @Sendable () -> Void = { [self] in
      Output.status("")
      guard let found = claim(), !found.state.isEmpty else { return }
      let isKept = file.write(found.state)
      try? show(found, true)
      Output.note(
        isKept
          ? "what was measured is kept; the same command goes on from here"
          : "the cache cannot be written, so the same command begins anew")
    }
    try Interrupts.cleaningUp(stopping) {
      try measure()
      try ask()
    }
    Output.status("")
    guard let found = claim() else { return }  // Ctrl-C was quicker
    try show(found, false)
    file.remove()
  }

  /// What has been found, for whoever asks first; nil for the second.
  private func claim() -> Progress? {
    progress.withLock { progress in
      defer { progress.isShown = true }
      return progress.isShown ? nil : progress
    }
  }

  private func measure() throws {
    let windows = job.windows
    let start = progress.withLock { $0.state.sums }
    guard start.windows < windows.count else { return }
    let evaluator = try Evaluator(job.model.transformer, against: job.base?.model)
    var pace = Pace(total: windows.count - start.windows)
    pace.show("window \(start.windows + 1) of \(windows.count)")
    _ = try evaluator.evaluate(windows, from: start) { sums in
      let tokens = windows[sums.windows - 1].tokens.count
      note(&pace, tokens: tokens) { state in
        state.sums = sums
        state.perplexities.append(sums.perplexity)
      }
      pace.show(
        "window \(sums.windows) of \(windows.count), perplexity \(Figures.short(sums.perplexity))")
      return true
    }
  }

  private func ask() throws {
    let total = job.tasks.reduce(0) { $0 + $1.questions.count }
    let done = progress.withLock { $0.state.answers.values.reduce(0) { $0 + $1.count } }
    var pace = Pace(total: total - done)
    let runner = ChoiceRunner(model: job.model, base: job.base?.model, beginning: job.beginning)
    for task in job.tasks {
      let answered = progress.withLock { $0.state.answers[task.name]?.count ?? 0 }
      for (place, question) in task.questions.enumerated().dropFirst(answered) {
        let answer = try runner.answer(question, of: task)
        note(&pace, tokens: answer.tokens) { state in
          state.answers[task.name, default: []].append(answer)
        }
        pace.show("\(task.name): question \(place + 1) of \(task.questions.count)")
      }
    }
  }

  /// Adds to what has been found, and keeps it now and then.
  private func note(
    _ pace: inout Pace, tokens: Int, _ change: (inout EvaluationState) -> Void
  ) {
    let seconds = pace.step()
    let state = progress.withLock { progress in
      change(&progress.state)
      progress.tokens += tokens
      progress.seconds += seconds
      return progress.isShown ? nil : progress.state
    }
    if pace.isTimeToSave(every: Self.secondsBetweenSaves), let state { file.write(state) }
  }
}

/// How fast it goes, and how long it will take.
private struct Pace {
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private var last: ContinuousClock.Instant
  private var saved: ContinuousClock.Instant
  private let total: Int
  private var done = 0
  /// Where standard error is no terminal, a line now and then: after so many seconds, and each time
  /// the work has taken twice as long, a minute apart at most.
  private var nextLine = 5.0

  init(total: Int) {
    self.total = total
    start = clock.now
    last = start
    saved = start
  }

  /// Counts a step; returns the seconds it took.
  mutating func step() -> Double {
    let now = clock.now
    defer { last = now }
    done += 1
    return (now - last).seconds
  }

  mutating func isTimeToSave(every seconds: Double) -> Bool {
    guard (clock.now - saved).seconds >= seconds else { return false }
    saved = clock.now
    return true
  }

  /// Shows where things stand, with the time left once there is a pace.
  mutating func show(_ words: String) {
    guard done > 0 else { return Output.status(words) }
    let elapsed = (last - start).seconds
    let line = "\(words), \(Self.words(elapsed / Double(done) * Double(total - done))) left"
    Output.status(line)
    if elapsed >= nextLine, isatty(STDERR_FILENO) == 0 {
      Output.note(line)
      nextLine = elapsed + min(60, elapsed)
    }
  }

  private static func words(_ seconds: Double) -> String {
    switch seconds {
    case ..<90: "\(Int(seconds.rounded(.up))) s"
    case ..<5400: "\(Int((seconds / 60).rounded(.up))) min"
    default: "\(Figures.short((seconds / 360).rounded(.up) / 10)) h"
    }
  }
}
