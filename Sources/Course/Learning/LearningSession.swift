internal import StepRecords

/// One sitting over a chapter: its program paused between steps, the learner's own changes, the answers
/// they try.
///
/// Reading and stepping compile nothing: the program is the one that was verified. A change compiles the
/// chapter anew, without its stubs and wrong answers, and runs it up to the changed step. Its calls wait
/// until they are done, and belong on a thread of the caller's own.
public final class LearningSession {
  /// The chapter as the author wrote it.
  public let chapter: Chapter
  /// What verifying it found; nil where it never was, and cannot be here.
  public let result: ChapterResult?

  /// Called a few times a second, on the thread that waits, with the seconds that a call has taken.
  public var whileWaiting: ((_ seconds: Double) -> Void)?

  private let verifier: ChapterVerifier
  private var changes: [String: String] = [:]
  private var changed: Chapter
  private var prepared: LessonProgram?
  private var program: PausedProgram?
  private var outcomes: [String: StepOutcome] = [:]
  private var found: [String: [Diagnostic]] = [:]
  private var notices: [String: Diagnostic] = [:]

  /// A sitting that has not begun.
  ///
  /// - Parameters:
  ///   - chapter: The chapter, whole, as it was verified.
  ///   - result: What that found; nil where nothing is known of it.
  ///   - verifier: What compiles and runs.
  public init(chapter: Chapter, result: ChapterResult?, verifier: ChapterVerifier) {
    self.chapter = chapter
    self.result = result
    self.verifier = verifier
    changed = chapter
  }

  deinit {
    stop()
  }

  /// What is known of a step: from this sitting, else from when the chapter was verified.
  ///
  /// - Parameter id: The step's id.
  /// - Returns: Its outcome; nil when the chapter has no such step.
  public func outcome(ofStep id: String) -> StepOutcome? {
    outcomes[id] ?? result?.steps.first { $0.id == id }
  }

  /// What there is to say: of the verified chapter, and of what happened otherwise in this sitting.
  public var diagnostics: [Diagnostic] {
    let told = Set(chapter.steps.filter { found[$0.id] != nil }.flatMap { $0.fenceLines })
    return (result?.diagnostics ?? []).filter { !told.contains($0.line) }
      + chapter.steps.flatMap { (notices[$0.id].map { [$0] } ?? []) + (found[$0.id] ?? []) }
  }

  // MARK: Stepping

  /// Runs the program up to the end of a step; it stays paused there.
  ///
  /// - Parameters:
  ///   - id: The step's id.
  ///   - isAgain: Starts the program anew, so that the step runs although it has.
  /// - Returns: What the step left; what verifying found where nothing can be run here, or where the
  ///   step is not part of the program.
  public func run(
    step id: String, again isAgain: Bool = false
  ) -> StepOutcome? {
    if isAgain, program?.hasRun(id) == true { restart() }
    guard let program = try? running(), program.steps.contains(id) else {
      return outcome(ofStep: id)
    }
    if program.hasRun(id), let known = outcomes[id] { return known }
    program.run(through: id) { whileWaiting?($0) }
    judge(program, asked: id)
    return outcome(ofStep: id)
  }

  /// The program, started where none is.
  private func running() throws(ExecutionError) -> PausedProgram {
    if let program { return program }
    let prepared = try preparing()
    let started = try PausedProgram(
      prepared.executable, steps: prepared.steps, path: chapter.path,
      runner: verifier.runner(of: chapter))
    program = started
    return started
  }

  private func preparing() throws(ExecutionError) -> LessonProgram {
    if let prepared { return prepared }
    let (verifier, chapter, isChanged) = (verifier, changed, !changes.isEmpty)
    let program = try Blocking.wait(whileWaiting) { () async throws(ExecutionError) in
      isChanged
        ? try await verifier.compiledProgram(of: chapter)
        : try await verifier.lessonProgram(of: chapter)
    }
    let lost = changes.keys.filter { program.broken[$0] != nil }
    guard lost.isEmpty else {
      if let folder = program.folder { Files.remove(folder) }
      return try preparing(without: lost, told: program.broken)
    }
    prepared = program
    return program
  }

  /// Goes on without changes that were taken up and no longer compile, and says so at their steps.
  private func preparing(
    without lost: [String], told messages: [String: [CompilerMessage]]
  ) throws(ExecutionError) -> LessonProgram {
    for id in lost { changes[id] = nil }
    applyChanges()
    for step in chapter.steps where lost.contains(step.id) {
      let words = messages[step.id]?.first?.text ?? "does not compile"
      notices[step.id] = Diagnostic(
        .warning, id: "change-lost", path: chapter.path, line: step.line,
        summary:
          "your change of this step does not compile here any more (\(words)); the chapter's "
          + "own code runs, and your file is as you left it")
    }
    return try preparing()
  }

  /// Judges every step that has run since the last look.
  private func judge(_ program: PausedProgram, asked id: String) {
    guard let log = try? program.log() else { return }
    let traces = StepTrace.traces(of: log.records)
    let judge = StepJudge(options: verifier.options, path: chapter.path)
    for step in changed.steps where outcomes[step.id] == nil || step.id == id {
      guard let trace = traces[step.id] else { continue }
      let judged = judge.judge(step, trace, in: log)
      outcomes[step.id] = judged.outcome
      found[step.id] = judged.diagnostics
    }
  }

  private func restart() {
    program?.stop()
    program = nil
    outcomes = [:]
    found = [:]
  }

  private func forgetProgram() {
    restart()
    if let folder = prepared?.folder { Files.remove(folder) }
    prepared = nil
  }

  /// Ends the paused program and removes what was compiled for this sitting only.
  public func stop() {
    forgetProgram()
  }

  /// Ends every sitting at once, for a process that is about to end: compilers are stopped, paused
  /// programs killed, their folders removed.
  public static func endAll() {
    Blocking.cancelAll()
    PausedProgram.endAll()
  }

  // MARK: Changing a step

  /// The learner's own code of a step; nil where it is the author's.
  ///
  /// - Parameter id: The step's id.
  /// - Returns: The code, expectations included.
  public func changedCode(ofStep id: String) -> String? {
    changes[id]
  }

  /// Runs a step with other code, and what it needs before it.
  ///
  /// - Parameters:
  ///   - id: The step's id.
  ///   - code: The learner's code; nil puts the author's back.
  ///   - path: The learner's file, for the report.
  /// - Returns: What became of it. Where the code does not compile, nothing has changed.
  public func change(
    step id: String, to code: String?, path: String
  ) -> WhatIfReport {
    let began = ContinuousClock.now
    func report(
      _ verdict: WhatIfReport.Verdict, broken: [String: String] = [:]
    ) -> WhatIfReport {
      WhatIfReport(
        step: id, path: path, verdict: verdict,
        before: result?.steps.first { $0.id == id },
        seconds: (ContinuousClock.now - began) / .seconds(1), broken: broken)
    }
    guard let index = chapter.steps.firstIndex(where: { $0.id == id }) else {
      return report(.notTried(reason: "this chapter has no step \(id)"))
    }
    guard let code else {
      guard changes[id] != nil else { return report(.unchanged) }
      restore(step: id)
      return report(run(step: id).map { .ran($0) } ?? .unchanged)
    }
    let attempted = changed.replacing(step: index, with: code)
    if let problem = Self.problem(in: attempted.steps[index]) { return report(problem) }
    let compiled: LessonProgram
    do {
      let verifier = verifier
      compiled = try Blocking.wait(whileWaiting) { () async throws(ExecutionError) in
        try await verifier.compiledProgram(of: attempted)
      }
    } catch {
      return report(.notTried(reason: "\(error)"))
    }
    if let messages = compiled.broken[id] {
      if let folder = compiled.folder { Files.remove(folder) }
      return report(.doesNotCompile(attempted.messages(messages, inStep: index)))
    }
    forgetProgram()
    changes[id] = code
    changed = attempted
    prepared = compiled
    let outcome = run(step: id)
    let broken = compiled.broken.mapValues { $0.first?.text ?? "does not compile" }
    return report(outcome.map { .ran($0) } ?? .unchanged, broken: broken)
  }

  /// Takes up changes from an earlier sitting; they are compiled when a step next runs.
  ///
  /// Where the chapter no longer compiles with them, running says so and shows what verifying found.
  ///
  /// - Parameter changes: The learner's code, by step.
  public func takeUp(_ changes: [String: String]) {
    forgetProgram()
    self.changes = changes.filter { id, _ in chapter.steps.contains { $0.id == id } }
    applyChanges()
  }

  /// Puts a changed step back as the author wrote it; the program starts anew when a step runs.
  ///
  /// - Parameter id: The step's id.
  public func restore(step id: String) {
    guard changes.removeValue(forKey: id) != nil else { return }
    forgetProgram()
    applyChanges()
  }

  private func applyChanges() {
    changed = changes.reduce(chapter) { chapter, change in
      guard let index = chapter.steps.firstIndex(where: { $0.id == change.key }) else {
        return chapter
      }
      return chapter.replacing(step: index, with: change.value)
    }
  }

  private static func problem(in step: Step) -> WhatIfReport.Verdict? {
    guard let problem = BlockBalance.problem(in: step) ?? ReservedCode.problem(in: step) else {
      return nil
    }
    return .doesNotCompile([
      AnswerReport.Message(line: problem.line - step.codeLine + 1, text: problem.summary)
    ])
  }

  // MARK: Answers

  /// Tries a learner's answer to an exercise against its checks.
  ///
  /// - Parameters:
  ///   - exercise: The exercise.
  ///   - code: The answer.
  ///   - path: The learner's file, for the report.
  /// - Returns: What became of it.
  public func check(_ exercise: Exercise, code: String, path: String) -> AnswerReport {
    let (verifier, chapter) = (verifier, chapter)
    return Blocking.wait(whileWaiting) { () async in
      await verifier.check(exercise, of: chapter, code: code, path: path)
    }
  }
}

extension Chapter {
  /// What the compiler says of a step, at the lines of a file that holds its code alone.
  func messages(_ messages: [CompilerMessage], inStep index: Int) -> [AnswerReport.Message] {
    let step = steps[index]
    return messages.map { message in
      let line = message.line - step.codeLine + 1
      let isInside = message.line >= step.codeLine && message.line <= step.codeLines.upperBound
      return AnswerReport.Message(line: isInside ? line : 0, text: message.text)
    }
  }
}

extension Step {
  /// The Markdown lines of the fence and what it holds.
  fileprivate var fenceLines: ClosedRange<Int> {
    line...max(line, codeLines.upperBound)
  }
}

extension String {
  /// Whether two texts are the same but for space at the ends of lines and of the text.
  func sameCode(as other: String) -> Bool {
    func lines(_ text: String) -> [Substring] {
      var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        .map(\.trimmingEnd)
      while lines.last?.isEmpty == true { lines.removeLast() }
      return lines
    }
    return lines(self) == lines(other)
  }
}

extension Substring {
  fileprivate var trimmingEnd: Substring {
    var text = self
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return text
  }
}
