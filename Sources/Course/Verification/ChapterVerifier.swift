/// Verifies chapters: compiles and runs them where nothing is known of them yet, judges every step,
/// proves every number in their prose.
public struct ChapterVerifier: Sendable {
  let environment: VerifyEnvironment
  let options: VerifyOptions
  let limit: JobLimit

  /// A verifier on this machine.
  ///
  /// - Parameters:
  ///   - environment: The compiler, the engine, and where results are kept.
  ///   - options: Limits, and what to run.
  public init(environment: VerifyEnvironment, options: VerifyOptions) {
    self.environment = environment
    self.options = options
    limit = JobLimit(options.jobs)
  }

  /// Verifies one chapter.
  ///
  /// - Parameter parsed: The chapter and the parser's diagnostics.
  /// - Returns: How every step ended and everything there is to say, in line order.
  /// - Throws: `ExecutionError` when nothing can be run here, or the task was cancelled. Whatever is
  ///   wrong inside the chapter is in the result.
  public func verify(_ parsed: ParsedChapter) async throws(ExecutionError) -> ChapterResult {
    let chapter = parsed.chapter
    let plan = ProgramPlan(chapter, runsSlowSteps: options.runsSlowSteps)
    let key = try key(of: chapter)
    let known = options.usesCache ? knownLog(key) : nil
    let log: ExecutionLog
    if let known {
      log = known.moved(to: chapter)
    } else {
      log = try await execute(chapter, plan, named: key.name)
      if log.isLasting { environment.store.keep(log, named: key.name) }
    }
    let result = Self.result(parsed, plan, log, options, isCached: known != nil)
    environment.store.keep(result, of: chapter, key: key)
    return result
  }

  /// Verifies many chapters, at most `jobs` processes at once.
  ///
  /// - Parameters:
  ///   - chapters: The chapters in reading order.
  ///   - finished: Called in that order, as soon as a chapter and all before it are done.
  /// - Returns: The results in the same order.
  /// - Throws: The first `ExecutionError`; the rest is cancelled.
  public func verify(
    _ chapters: [ParsedChapter], finished: @Sendable (ChapterResult) -> Void = { _ in }
  ) async throws(ExecutionError) -> [ChapterResult] {
    var results: [Int: ChapterResult] = [:]
    var failure: ExecutionError?
    await withTaskGroup(of: Attempted.self) { group in
      // The longest first, so that none of them is left running alone at the end.
      let sizes = chapters.map { $0.chapter.steps.reduce(0) { $0 + $1.code.utf8.count } }
      var waiting = chapters.indices.sorted { sizes[$0] > sizes[$1] }.makeIterator()
      for _ in 0..<max(1, options.jobs) {
        guard let index = waiting.next() else { break }
        group.addTask { await attempt(index, of: chapters) }
      }
      var reported = 0
      while let attempted = await group.next() {
        switch attempted.outcome {
        case .success(let result): results[attempted.index] = result
        case .failure(let error):
          failure = failure ?? error
          group.cancelAll()
        }
        while failure == nil, let result = results[reported] {
          finished(result)
          reported += 1
        }
        if failure == nil, let index = waiting.next() {
          group.addTask { await attempt(index, of: chapters) }
        }
      }
    }
    if let failure { throw failure }
    return chapters.indices.compactMap { results[$0] }
  }

  /// One chapter of many, verified or not.
  private struct Attempted: Sendable {
    let index: Int
    let outcome: Result<ChapterResult, ExecutionError>
  }

  private func attempt(_ index: Int, of chapters: [ParsedChapter]) async -> Attempted {
    do throws(ExecutionError) {
      return Attempted(index: index, outcome: .success(try await verify(chapters[index])))
    } catch {
      return Attempted(index: index, outcome: .failure(error))
    }
  }

  /// Why a step would run again, or that it would not.
  ///
  /// - Parameters:
  ///   - step: The step's id.
  ///   - parsed: The chapter.
  /// - Returns: Lines of text for people.
  /// - Throws: `ExecutionError` when the engine or the compiler is missing.
  public func why(
    step: String, in parsed: ParsedChapter
  ) async throws(ExecutionError) -> [String] {
    let chapter = parsed.chapter
    guard chapter.steps.contains(where: { $0.id == step }) else {
      let near = NearestWords.question(step, among: chapter.steps.map(\.id))
      return ["\(chapter.path) has no step '\(step)'\(near)"]
    }
    guard let entry = environment.store.entry(for: chapter) else {
      return ["\(chapter.id) has never been verified here, so every step runs"]
    }
    let outcome = entry.result.steps.first { $0.id == step }?.outcome.rawValue ?? "unknown"
    let differences = try key(of: chapter).differences(from: entry.key, at: step)
    guard !differences.isEmpty else {
      // What hung on the machine was not kept, and what took too long is not used.
      guard knownLog(try key(of: chapter)) != nil else {
        return [
          "'\(step)' runs again (it was \(outcome)):",
          "  nothing it depends on changed, but no result is kept that stands under these limits",
        ]
      }
      return ["nothing that '\(step)' depends on changed since it was verified (\(outcome))"]
    }
    return ["'\(step)' runs again (it was \(outcome)):"] + differences.map { "  \($0)" }
  }

  // MARK: Steps of the way

  /// What is known of a chapter, provided that it stands under the limits of now.
  private func knownLog(_ key: ResultKey) -> ExecutionLog? {
    guard let log = environment.store.log(named: key.name), log.isWithin(options.timeLimit) else {
      return nil
    }
    return log
  }

  private func execute(
    _ chapter: Chapter, _ plan: ProgramPlan, named name: String
  ) async throws(ExecutionError) -> ExecutionLog {
    guard !plan.parts.isEmpty || !plan.rejected.isEmpty else {
      return Attempt(chapter, plan: plan).log
    }
    let executor = try executor(of: chapter)
    let folder = try Files.temporaryFolder(environment: environment.variables)
    defer { Files.remove(folder) }
    let log = try await executor.execute(chapter, plan: plan, in: folder)
    if log.main != nil { environment.store.keep(program: folder + "/chapter", named: name) }
    return log
  }

  private static func result(
    _ parsed: ParsedChapter, _ plan: ProgramPlan, _ log: ExecutionLog, _ options: VerifyOptions,
    isCached: Bool
  ) -> ChapterResult {
    let chapter = parsed.chapter
    let judge = ChapterJudge(chapter, plan: plan, log: log, options: options)
    let words =
      parsed.diagnostics + ChapterLint.diagnostics(of: chapter) + judge.diagnostics
      + ProvenNumberCheck(chapter: chapter, outcomes: judge.outcomes).diagnostics()
    // The parser and the lint may both see the same thing.
    var seen: Set<Diagnostic> = []
    var diagnostics = words.filter { seen.insert($0).inserted }
    if !judge.held, !diagnostics.contains(where: { $0.severity == .error }) {
      let step = judge.outcomes.first { $0.outcome != .held && $0.outcome != .skipped }
      diagnostics.append(
        Diagnostic(
          id: "not-reached", path: chapter.path, line: step?.line ?? 1,
          summary: "the step '\(step?.id ?? "")' was never run"))
    }
    diagnostics.sort { $0.line < $1.line }
    return ChapterResult(
      id: chapter.id, held: !diagnostics.contains { $0.severity == .error }, seconds: log.seconds,
      isCached: isCached, steps: judge.outcomes, diagnostics: diagnostics)
  }

  func machine() throws(ExecutionError) -> (Toolchain, EngineLocation) {
    if let missing = environment.missing { throw missing }
    guard let toolchain = environment.toolchain else {
      throw .noCompiler(searched: environment.variables["PATH"] ?? "")
    }
    guard let engine = environment.engine else { throw .noEngine(searched: []) }
    return (toolchain, engine)
  }

  func compiler(_ toolchain: Toolchain, _ engine: EngineLocation) -> ChapterCompiler {
    ChapterCompiler(
      toolchain: toolchain, engine: engine, environment: environment.variables,
      moduleCache: environment.store.folder + "/modules")
  }

  func key(of chapter: Chapter) throws(ExecutionError) -> ResultKey {
    let (toolchain, engine) = try machine()
    let store = environment.store
    return ResultKey(
      runner: store.hash(ofFile: environment.executable) ?? "",
      engine: store.hash(ofFile: engine.library) ?? "", toolchain: toolchain.version,
      flags: compiler(toolchain, engine).signature, runsSlowSteps: options.runsSlowSteps,
      path: chapter.path,
      data: ChapterData(chapter, course: course(of: chapter), store: store).hashes,
      steps: ResultKey.parts(of: chapter.steps))
  }

  /// The folder that holds the chapters folder: the chapter's path without its id.
  ///
  /// A chapter of nobody's course, such as a transcript, has no `Datasets` there, and finds those of the
  /// course it was read in.
  func course(of chapter: Chapter) -> String? {
    let path = Files.absolute(chapter.path)
    let end = "/\(chapter.id).md"
    let chapters = path.hasSuffix(end) ? String(path.dropLast(end.count)) : Files.parent(of: path)
    let own = Files.parent(of: chapters)
    if let fallback = options.course, !Files.isFolder(own + "/Datasets") { return fallback }
    return own
  }
}
