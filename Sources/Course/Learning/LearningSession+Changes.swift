extension LearningSession {
  /// The learner's own code of a step; nil where it is the author's.
  ///
  /// - Parameter id: The step's id.
  /// - Returns: The code, expectations included.
  public func changedCode(ofStep id: String) -> String? {
    changes[id]
  }

  /// Makes everything before a step ready in the background, while the learner's editor is open.
  ///
  /// - Parameter id: The step that will be changed.
  public func prepareChange(ofStep id: String) {
    forgetStart()
    guard let index = changed.steps.firstIndex(where: { $0.id == id }) else { return }
    let (verifier, chapter) = (verifier, changed)
    starting = (
      index, Blocking.start { () async in try? await verifier.start(before: index, of: chapter) }
    )
  }

  /// Runs a step with other code, and what it needs before it.
  ///
  /// After ``prepareChange(ofStep:)`` the step alone is compiled, and the rest of the chapter while its
  /// values are looked at; without, the whole chapter is compiled first.
  ///
  /// - Parameters:
  ///   - id: The step's id.
  ///   - code: The learner's code; nil puts the author's back.
  ///   - path: The learner's file, for the report.
  /// - Returns: What became of it. Where the code does not compile, nothing has changed.
  public func change(
    step id: String, to code: String?, path: String
  ) -> WhatIfReport {
    defer { forgetStart() }
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
    guard !chapter.steps[index].isSlow || verifier.options.runsSlowSteps else {
      return report(.notTried(reason: "a slow step runs only with nibble verify --slow"))
    }
    guard let code else {
      guard changes[id] != nil else { return report(.unchanged) }
      restore(step: id)
      return report(run(step: id).map { .ran($0) } ?? .unchanged)
    }
    let attempted = changed.replacing(step: index, with: code)
    if let problem = Self.problem(in: attempted.steps[index]) { return report(problem) }
    do throws(ExecutionError) {
      if let verdict = try changeAlone(index, to: code, attempted) { return report(verdict) }
      let verifier = verifier
      let compiled = try Blocking.wait(whileWaiting) { () async throws(ExecutionError) in
        try await verifier.compiledProgram(of: attempted)
      }
      if let messages = compiled.broken[id] {
        if let folder = compiled.folder { Files.remove(folder) }
        return report(.doesNotCompile(attempted.messages(messages, inStep: index)))
      }
      forgetProgram()
      changes[id] = code
      changed = attempted
      use(compiled)
      let outcome = run(step: id)
      let broken = compiled.broken.mapValues { $0.first?.text ?? "does not compile" }
      return report(outcome.map { .ran($0) } ?? .unchanged, broken: broken)
    } catch {
      return report(.notTried(reason: "\(error)"))
    }
  }

  /// Compiles and runs the step alone, where everything before it waits; nil where it does not.
  private func changeAlone(
    _ index: Int, to code: String, _ attempted: Chapter
  ) throws(ExecutionError) -> WhatIfReport.Verdict? {
    guard let starting, starting.step == index else { return nil }
    self.starting = nil
    let task = starting.task
    guard let start = Blocking.wait(whileWaiting, for: { () async in await task.value }) else {
      return nil
    }
    let verifier = verifier
    let library: StepLibrary
    do throws(ExecutionError) {
      library = try Blocking.wait(whileWaiting) { () async throws(ExecutionError) in
        try await verifier.library(after: start, changed: attempted)
      }
    } catch {
      start.discard()
      throw error
    }
    switch library {
    case .unknown:
      start.discard()
      return nil
    case .refused(let messages):
      start.discard()
      return .doesNotCompile(attempted.messages(messages, inStep: index))
    case .compiled(let library, let folder):
      forgetProgram()
      changes[chapter.steps[index].id] = code
      changed = attempted
      // The learner looks at the values first; meanwhile the rest is made ready.
      completing = Blocking.start { () async in
        try? await verifier.compiledProgram(of: attempted)
      }
      return use(start, step: chapter.steps[index].id, library: library, folder: folder)
        .map { .ran($0) }
    }
  }

  /// Stops what is made ready for a change that does not come.
  func forgetStart() {
    guard let starting else { return }
    self.starting = nil
    starting.task.cancel()
    let task = starting.task
    Blocking.wait { () async in await task.value }?.discard()
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

  /// Makes the changed chapter of the author's and the changes there are.
  func applyChanges() {
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
}
