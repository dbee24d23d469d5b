/// Everything before a step, compiled and run and waiting: what makes a changed step quick.
///
/// It is made while the learner's editor is open. The changed step is then compiled alone, in a tenth of
/// the time of the chapter, and loaded into the program that waits.
struct WhatIfStart: Sendable {
  /// The step that comes next.
  let step: Int
  /// The chapter, with the learner's other changes.
  let chapter: Chapter
  /// The compiled program and its module.
  let folder: String
  /// The program, paused at its end; used by one thread at a time, since whoever made it has finished.
  nonisolated(unsafe) let program: PausedProgram

  /// Ends the program and removes what was compiled.
  func discard() {
    program.stop()
    Files.remove(folder)
  }
}

/// What became of a step that was compiled alone.
enum StepLibrary: Sendable {
  /// A library in a folder of its own.
  case compiled(library: String, folder: String)
  /// The compiler's words about the step itself.
  case refused([CompilerMessage])
  /// It cannot be compiled alone, which says nothing about whether it can in its chapter.
  case unknown
}

extension ChapterVerifier {
  /// Compiles everything before a step and runs it.
  ///
  /// - Parameters:
  ///   - step: The step's index.
  ///   - chapter: The chapter, with the learner's other changes.
  /// - Returns: The program that waits; nil where it does not compile, does not come to its end, or the
  ///   step is no part of the program.
  /// - Throws: `ExecutionError` when nothing can be compiled here.
  func start(
    before step: Int, of chapter: Chapter
  ) async throws(ExecutionError) -> WhatIfStart? {
    let plan = ProgramPlan(chapter, runsSlowSteps: options.runsSlowSteps).withoutVariants
    guard let place = plan.parts.firstIndex(of: .step(step)) else { return nil }
    let executor = try executor(of: chapter)
    let folder = try Files.temporaryFolder(environment: environment.variables)
    do throws(ExecutionError) {
      let program = ProgramGenerator(chapter, plan: plan).program(before: step)
      guard case .compiled = try await executor.compiler.compileStart(program, in: folder) else {
        Files.remove(folder)
        return nil
      }
      let before = plan.parts[..<place].compactMap { part -> String? in
        switch part {
        case .step(let index), .check(let index): chapter.steps[index].id
        case .variant: nil
        }
      }
      let paused = try PausedProgram(
        folder + "/start", steps: before, path: chapter.path, runner: executor.runner)
      let start = WhatIfStart(step: step, chapter: chapter, folder: folder, program: paused)
      if let last = before.last {
        // A learner who closes the editor unchanged does not wait for what nobody needs.
        paused.run(through: last) { _ in !Task.isCancelled }
        guard !paused.hasEnded else {
          start.discard()
          return nil
        }
      }
      return start
    } catch {
      Files.remove(folder)
      throw error
    }
  }

  /// Compiles a changed step alone.
  ///
  /// - Parameters:
  ///   - start: The program that waits before it.
  ///   - changed: The chapter with the change.
  /// - Returns: A library to load, or why there is none.
  /// - Throws: `ExecutionError` when nothing can be compiled here.
  func library(
    after start: WhatIfStart, changed: Chapter
  ) async throws(ExecutionError) -> StepLibrary {
    let plan = ProgramPlan(changed, runsSlowSteps: options.runsSlowSteps).withoutVariants
    let compiler = try executor(of: changed).compiler
    let folder = try Files.temporaryFolder(environment: environment.variables)
    let library = folder + "/step.so"
    let product: ChapterCompiler.Product
    do throws(ExecutionError) {
      product = try await compiler.compileStep(
        ProgramGenerator(changed, plan: plan).library(of: start.step), after: start.folder,
        in: folder, to: library)
    } catch {
      Files.remove(folder)
      throw error
    }
    if case .compiled = product { return .compiled(library: library, folder: folder) }
    Files.remove(folder)
    guard case .refused(let messages) = product else { return .unknown }
    let owners = ErrorOwners(changed)
    let own = messages.filter { owners.owner(of: $0) == .step(start.step) }
    return own.isEmpty ? .unknown : .refused(own)
  }
}
