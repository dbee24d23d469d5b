/// Compiles and runs a chapter: its program, its variants, and the blocks that must not compile.
///
/// One compilation serves the program and every variant. Where a block does not compile, it is taken out
/// (a step of the program with everything after it, a variant alone) and the rest is compiled again, so
/// that one mistake does not silence the steps before it.
struct ChapterExecutor: Sendable {
  /// Mistakes in so many places are reported; the rest can wait for the next run.
  private static let rounds = 12

  let compiler: ChapterCompiler
  let runner: ProgramRunner
  let limit: JobLimit

  /// Runs a chapter as planned.
  func execute(
    _ chapter: Chapter, plan: ProgramPlan, in folder: String
  ) async throws(ExecutionError) -> ExecutionLog {
    let began = ContinuousClock.now
    var attempt = Attempt(chapter, plan: plan)
    attempt.leaveOutHarmful()
    // Each is a compilation of its own; they share the machine with the program's.
    let whole = attempt
    async let rejecting = rejections(whole, in: folder)
    try await compile(&attempt, in: folder)
    attempt.log.rejections = try await rejecting.get()
    try await run(&attempt, in: folder)
    attempt.log.seconds = (ContinuousClock.now - began) / .seconds(1)
    return attempt.log
  }

  /// Compiles what is left of the plan until it compiles, or nothing is left; the program is then
  /// `chapter` in the folder.
  func compile(_ attempt: inout Attempt, in folder: String) async throws(ExecutionError) {
    for round in 0..<Self.rounds {
      guard !attempt.plan.parts.isEmpty else { return }
      let program = ProgramGenerator(attempt.chapter, plan: attempt.plan).program()
      let place = "\(folder)/compile-\(round)"
      let product = try await limit.run { () async throws(ExecutionError) in
        try await compiler.compile(program, in: place, to: folder + "/chapter")
      }
      guard case .refused(let messages) = product else {
        attempt.isCompiled = true
        return
      }
      guard attempt.leaveOut(messages) else { return }
    }
  }

  /// What the compiler says of each block that it must refuse.
  private func rejections(
    _ attempt: Attempt, in folder: String
  ) async -> Result<[String: [CompilerMessage]], ExecutionError> {
    let generator = ProgramGenerator(attempt.chapter, plan: attempt.plan)
    return await collect(attempt.plan.rejected) { rejected throws(ExecutionError) in
      let id = attempt.chapter.steps[rejected.step].id
      let product = try await compiler.check(
        generator.program(rejecting: rejected), in: "\(folder)/reject-\(rejected.step)")
      guard case .refused(let messages) = product else { return (id, []) }
      return (id, messages)
    }
  }

  /// Runs the program and, on the way, every variant of it.
  private func run(_ attempt: inout Attempt, in folder: String) async throws(ExecutionError) {
    let chapter = attempt.chapter
    let together = attempt.isCompiled ? attempt.plan.variants : []
    if attempt.isCompiled {
      let names = together.map { chapter.steps[$0.step].id }
      (attempt.log.main, attempt.log.variants) = try await main(chapter, names, in: folder)
    }
    // Those it could not try, each get a run of their own.
    let known = Set(attempt.log.variants.keys)
    let rest = together.filter { !known.contains(chapter.steps[$0.step].id) }
    let plan = attempt.original
    let results = await collect(rest.map(Run.variant) + attempt.alone.map(Run.alone)) {
      run throws(ExecutionError) in
      try await self.log(of: run, chapter, plan: plan, in: folder)
    }
    for (id, result) in try results.get() {
      switch result {
      case .ran(let log): attempt.log.variants[id] = log
      case .refused(let messages): attempt.recordBroken(id, messages)
      }
    }
  }

  private func main(
    _ chapter: Chapter, _ variants: [String], in folder: String
  ) async throws(ExecutionError) -> (ProcessLog, [String: ProcessLog]) {
    try await limit.run { () async throws(ExecutionError) in
      let (executable, place) = (folder + "/chapter", folder + "/run")
      guard !variants.isEmpty else {
        let main = try await runner.run(executable, variant: nil, path: chapter.path, in: place)
        return (main, [:])
      }
      return try await runner.run(
        executable, splittingInto: variants, path: chapter.path, in: place)
    }
  }

  /// One process to run.
  private enum Run: Sendable {
    case variant(ProgramPlan.Variant)
    case alone(ProgramPlan.Variant)
  }

  private enum RunResult: Sendable {
    case ran(ProcessLog)
    case refused([CompilerMessage])
  }

  private func log(
    of run: Run, _ chapter: Chapter, plan: ProgramPlan, in folder: String
  ) async throws(ExecutionError) -> (String, RunResult) {
    let executable = folder + "/chapter"
    switch run {
    case .variant(let variant):
      let id = chapter.steps[variant.step].id
      let log = try await runner.run(
        executable, variant: id, path: chapter.path, in: "\(folder)/run-\(variant.step)")
      return (id, .ran(log))
    case .alone(let variant):
      let id = chapter.steps[variant.step].id
      let program = ProgramGenerator(chapter, plan: plan).program(alone: variant)
      let place = "\(folder)/alone-\(variant.step)"
      let product = try await compiler.compile(program, in: place, to: place + "/chapter")
      if case .refused(let messages) = product { return (id, .refused(messages)) }
      let log = try await runner.run(
        place + "/chapter", variant: id, path: chapter.path, in: place + "/run")
      return (id, .ran(log))
    }
  }

  /// What became of one element of many.
  private struct Done<Value: Sendable>: Sendable {
    let outcome: Result<(name: String, value: Value), ExecutionError>
  }

  /// Does something to every element at once, as far as the limit allows, by name.
  private func collect<Element: Sendable, Value: Sendable>(
    _ elements: [Element],
    _ body: @escaping @Sendable (Element) async throws(ExecutionError) -> (String, Value)
  ) async -> Result<[String: Value], ExecutionError> {
    var values: [String: Value] = [:]
    var failure: ExecutionError?
    await withTaskGroup(of: Done<Value>.self) { group in
      for element in elements {
        group.addTask { await done(element, body) }
      }
      while let done = await group.next() {
        switch done.outcome {
        case .success(let (name, value)): values[name] = value
        case .failure(let error):
          failure = failure ?? error
          group.cancelAll()
        }
      }
    }
    return failure.map(Result.failure) ?? .success(values)
  }

  private func done<Element: Sendable, Value: Sendable>(
    _ element: Element,
    _ body: @escaping @Sendable (Element) async throws(ExecutionError) -> (String, Value)
  ) async -> Done<Value> {
    do throws(ExecutionError) {
      return Done(
        outcome: .success(
          try await limit.run { () async throws(ExecutionError) in try await body(element) }))
    } catch {
      return Done(outcome: .failure(error))
    }
  }
}
