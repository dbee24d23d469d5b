/// A compiled chapter that can be gone through step by step.
struct LessonProgram: Sendable {
  /// The program.
  let executable: String
  /// The ids of its steps, in the order they run.
  let steps: [String]
  /// Steps that do not compile, and what the compiler says of each; what follows the first is left out.
  let broken: [String: [CompilerMessage]]
  /// A folder that goes with the program; nil where it is the store's.
  let folder: String?
}

extension ChapterVerifier {
  /// The program of a chapter as it was verified; compiled only where the store has forgotten it.
  ///
  /// - Parameter chapter: The chapter as the author wrote it.
  /// - Throws: `ExecutionError` when nothing can be compiled here.
  func lessonProgram(of chapter: Chapter) async throws(ExecutionError) -> LessonProgram {
    let plan = ProgramPlan(chapter, runsSlowSteps: options.runsSlowSteps)
    if let known = environment.store.program(named: try key(of: chapter).name) {
      return LessonProgram(
        executable: known, steps: plan.mainSteps.map { chapter.steps[$0].id }, broken: [:],
        folder: nil)
    }
    return try await compiledProgram(of: chapter)
  }

  /// The program of a chapter that a learner changed.
  ///
  /// - Parameter chapter: The changed chapter.
  /// - Throws: `ExecutionError` when nothing can be compiled here.
  func compiledProgram(of chapter: Chapter) async throws(ExecutionError) -> LessonProgram {
    let plan = ProgramPlan(chapter, runsSlowSteps: options.runsSlowSteps).withoutVariants
    let folder = try Files.temporaryFolder(environment: environment.variables)
    do throws(ExecutionError) {
      var attempt = Attempt(chapter, plan: plan)
      attempt.leaveOutHarmful()
      try await executor(of: chapter).compile(&attempt, in: folder)
      let broken = Dictionary(
        attempt.log.broken.map { ($0.id, $0.messages) }, uniquingKeysWith: { first, _ in first })
      return LessonProgram(
        executable: folder + "/chapter",
        steps: attempt.isCompiled ? attempt.plan.mainSteps.map { chapter.steps[$0].id } : [],
        broken: broken, folder: folder)
    } catch {
      Files.remove(folder)
      throw error
    }
  }

  /// What compiles and runs a chapter's programs.
  func executor(of chapter: Chapter) throws(ExecutionError) -> ChapterExecutor {
    let (toolchain, engine) = try machine()
    return ChapterExecutor(
      compiler: compiler(toolchain, engine), runner: runner(of: chapter), limit: limit)
  }

  /// What runs a chapter's programs.
  func runner(of chapter: Chapter) -> ProgramRunner {
    ProgramRunner(
      options: options, environment: environment.variables, course: course(of: chapter))
  }
}
