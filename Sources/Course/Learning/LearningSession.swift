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

  /// The longest that an answer to an exercise may take, in seconds, with the steps before it.
  private static let answerSeconds = 20.0

  let verifier: ChapterVerifier
  /// The learner's own code of steps, and the chapter with it.
  var changes: [String: String] = [:]
  var changed: Chapter
  /// What is compiled while the learner's editor is open, and while they look at a changed step.
  var starting: (step: Int, task: Task<WhatIfStart?, Never>)?
  var completing: Task<LessonProgram?, Never>?
  private var prepared: LessonProgram?
  private var program: PausedProgram?
  /// The folders of a program that ends with a changed step; nil for one that goes to the end.
  private var partial: [String]?
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
    let program: PausedProgram
    do throws(ExecutionError) {
      program = try running(upTo: id)
    } catch {
      noteCannotRun(id, error)
      return outcome(ofStep: id)
    }
    guard program.steps.contains(id) else { return unreached(id) }
    if program.hasRun(id), let known = outcomes[id] { return known }
    program.run(through: id) { seconds in
      whileWaiting?(seconds)
      return true
    }
    judge(program, asked: id)
    return program.hasEnded && outcomes[id] == nil ? unreached(id) : outcome(ofStep: id)
  }

  /// Says at a step why its values are those of when the chapter was verified.
  ///
  /// Without a compiler that is so for the whole sitting, and was said before it began.
  private func noteCannotRun(_ id: String, _ error: ExecutionError) {
    switch error {
    case .noCompiler, .noEngine, .cancelled: return
    case .cannotRead, .cannotRun, .cannotWrite:
      guard let step = chapter.steps.first(where: { $0.id == id }) else { return }
      notices[id] = Diagnostic(
        .warning, id: "not-run", path: chapter.path, line: step.line,
        summary: "could not run now (\(error)); these values are from when it was verified")
    }
  }

  /// The program, started where none is, or where the one there is ends before a step.
  private func running(upTo id: String) throws(ExecutionError) -> PausedProgram {
    if let program, partial == nil || program.steps.contains(id) { return program }
    endProgram()
    let prepared = try preparing()
    let started = try PausedProgram(
      prepared.executable, steps: prepared.steps, path: chapter.path,
      runner: verifier.runner(of: chapter))
    program = started
    return started
  }

  /// What is said of a step that the program, as the learner changed it, does not get to.
  private func unreached(_ id: String) -> StepOutcome? {
    guard let step = changed.steps.first(where: { $0.id == id }), step.isProgram,
      result?.steps.first(where: { $0.id == id })?.outcome == .held
    else { return outcome(ofStep: id) }
    let words = prepared?.broken[id]?.first?.text
    let summary =
      words.map { "does not compile with your change: \($0)" }
      ?? "is not reached, because an earlier step failed"
    found[id] = [
      Diagnostic(id: "not-reached", path: chapter.path, line: step.line, summary: summary)
    ]
    let outcome = StepOutcome(
      id: id, line: step.line, outcome: words == nil ? .notReached : .didNotCompile,
      expectations: step.expectations.map(ExpectationJudge.unmet))
    outcomes[id] = outcome
    return outcome
  }

  private func preparing() throws(ExecutionError) -> LessonProgram {
    if let prepared { return prepared }
    if let completing {
      self.completing = nil
      let completed = Blocking.wait(whileWaiting) { () async in await completing.value }
      if let completed {
        prepared = completed
        return completed
      }
    }
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
    endProgram()
    outcomes = [:]
    found = [:]
  }

  private func endProgram() {
    program?.stop()
    program = nil
    for folder in partial ?? [] { Files.remove(folder) }
    partial = nil
  }

  /// Forgets the program, what was compiled for it, and everything it found.
  func forgetProgram() {
    restart()
    if let completing {
      // It ends with a folder of its own, or is stopped and leaves none.
      completing.cancel()
      self.completing = nil
      let left = Blocking.wait { () async in await completing.value }
      if let folder = left?.folder { Files.remove(folder) }
    }
    if let folder = prepared?.folder { Files.remove(folder) }
    prepared = nil
  }

  /// Goes on with a program that was compiled elsewhere.
  func use(_ program: LessonProgram) {
    prepared = program
  }

  /// Goes on with a program that ends with a changed step, which it runs.
  ///
  /// - Parameters:
  ///   - start: The program that waits before the step.
  ///   - id: The step's id.
  ///   - library: The compiled step.
  ///   - folder: The library's folder.
  /// - Returns: What the step left.
  func use(
    _ start: WhatIfStart, step id: String, library: String, folder: String
  ) -> StepOutcome? {
    program = start.program
    partial = [start.folder, folder]
    do {
      try start.program.run(id, from: library) { seconds in
        whileWaiting?(seconds)
        return true
      }
    } catch {
      return nil
    }
    judge(start.program, asked: id)
    return outcomes[id]
  }

  /// Ends the paused program and removes what was compiled for this sitting only.
  public func stop() {
    forgetStart()
    forgetProgram()
  }

  /// Ends every sitting at once, for a process that is about to end: compilers are stopped, paused
  /// programs killed, their folders removed.
  public static func endAll() {
    Blocking.cancelAll()
    PausedProgram.endAll()
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
    // A learner waits for this one, and an answer that never ends is common.
    var options = verifier.options
    options.timeLimit = min(options.timeLimit, Self.answerSeconds)
    let patient = ChapterVerifier(environment: verifier.environment, options: options)
    let chapter = chapter
    return Blocking.wait(whileWaiting) { () async in
      await patient.check(exercise, of: chapter, code: code, path: path)
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
