extension ChapterVerifier {
  /// Compiles an answer with the steps before it and the checks of its exercise, runs it, and says what
  /// became of it.
  ///
  /// - Parameters:
  ///   - exercise: The exercise.
  ///   - chapter: Its chapter, whole.
  ///   - code: The learner's file.
  ///   - path: Where that is.
  /// - Returns: What became of it.
  func check(
    _ exercise: Exercise, of chapter: Chapter, code: String, path: String
  ) async -> AnswerReport {
    let began = ContinuousClock.now
    let count = exercise.checks.reduce(0) { $0 + chapter.steps[$1].expectations.count }
    func report(_ verdict: AnswerReport.Verdict) -> AnswerReport {
      AnswerReport(
        exercise: exercise.name, path: path, verdict: verdict, checkCount: count,
        seconds: (ContinuousClock.now - began) / .seconds(1))
    }
    let plan = ProgramPlan(chapter, runsSlowSteps: options.runsSlowSteps)
    guard let stub = exercise.stub,
      let variant = plan.variants.first(where: { $0.step == stub })
    else {
      return report(
        .notTried(reason: "'\(exercise.name)' has no stub that could be tried in this chapter"))
    }
    let answered = chapter.replacing(step: stub, with: code)
    let step = answered.steps[stub]
    if let problem = BlockBalance.problem(in: step) ?? ReservedCode.problem(in: step) {
      return report(
        .doesNotCompile([
          AnswerReport.Message(line: problem.line - step.codeLine + 1, text: problem.summary)
        ]))
    }
    do throws(ExecutionError) {
      let run = try await run(variant, of: answered, plan: plan)
      switch run {
      case .refused(let messages):
        return report(Self.verdict(of: messages, answered, step: stub))
      case .ran(let log):
        let trial = AnswerTrial(variant, log, steps: answered.steps, options: options)
        let mistake = mistake(like: trial, in: exercise, of: chapter, plan: plan)
        return AnswerReport(
          exercise: exercise.name, path: path, verdict: Self.verdict(of: trial),
          checks: trial.checks, checkCount: count, mistake: mistake,
          output: Self.output(of: log, variant, steps: answered.steps),
          seconds: (ContinuousClock.now - began) / .seconds(1))
      }
    } catch {
      return AnswerReport(
        exercise: exercise.name, path: path, verdict: .notTried(reason: "\(error)"),
        checkCount: count, error: error)
    }
  }

  private enum Run {
    case ran(ProcessLog)
    case refused([CompilerMessage])
  }

  private func run(
    _ variant: ProgramPlan.Variant, of chapter: Chapter, plan: ProgramPlan
  ) async throws(ExecutionError) -> Run {
    let executor = try executor(of: chapter)
    let folder = try Files.temporaryFolder(environment: environment.variables)
    defer { Files.remove(folder) }
    let program = ProgramGenerator(chapter, plan: plan).program(alone: variant)
    let product = try await executor.compiler.compile(
      program, in: folder, to: folder + "/chapter")
    if case .refused(let messages) = product { return .refused(messages) }
    return .ran(
      try await executor.runner.run(
        folder + "/chapter", variant: nil, path: chapter.path, in: folder + "/run"))
  }

  /// The compiler's words about the answer; else about what the checks, or the chapter, make of it.
  private static func verdict(
    of messages: [CompilerMessage], _ chapter: Chapter, step: Int
  ) -> AnswerReport.Verdict {
    let owners = ErrorOwners(chapter)
    let lines = chapter.steps[step].codeLines
    let own = messages.filter {
      owners.owner(of: $0) == .variant(step) && lines.contains($0.line)
    }
    if !own.isEmpty { return .doesNotCompile(chapter.messages(own, inStep: step)) }
    return .doesNotCompile(
      messages.prefix(3).map { message in
        AnswerReport.Message(
          line: 0, text: "the checks cannot use this answer: \(message.text)")
      })
  }

  private static func verdict(of trial: AnswerTrial) -> AnswerReport.Verdict {
    switch trial.failure {
    case nil: .solved
    case .check(let number, let words): .failed(check: number, summary: words)
    case .stopped(let ending): .stopped(summary: "your answer \(ending.summary)")
    case .nothingChecked: .notTried(reason: "nothing checks this exercise")
    }
  }

  private static func output(
    of log: ProcessLog, _ variant: ProgramPlan.Variant, steps: [Step]
  ) -> String {
    ([variant.step] + variant.checks).compactMap { log.outputs[steps[$0].id] }.joined()
  }

  /// The foreseen mistake whose run met the same failure: surely where it computed the same values,
  /// perhaps where it is the only one that fails at the same check.
  private func mistake(
    like trial: AnswerTrial, in exercise: Exercise, of chapter: Chapter, plan: ProgramPlan
  ) -> AnswerReport.KnownMistake? {
    guard case .check(let number, let words)? = trial.failure,
      let key = try? key(of: chapter), let log = environment.store.log(named: key.name)
    else { return nil }
    let known = log.moved(to: chapter)
    var sameCheck: [Exercise.Mistake] = []
    for mistake in exercise.mistakes {
      guard let variant = plan.variants.first(where: { $0.step == mistake.step }),
        let run = known.variants[chapter.steps[mistake.step].id]
      else { continue }
      let other = AnswerTrial(variant, run, steps: chapter.steps, options: options)
      guard case .check(number, let otherWords)? = other.failure else { continue }
      if otherWords == words { return Self.known(mistake, in: chapter, isCertain: true) }
      sameCheck.append(mistake)
    }
    guard sameCheck.count == 1 else { return nil }
    return Self.known(sameCheck[0], in: chapter, isCertain: false)
  }

  private static func known(
    _ mistake: Exercise.Mistake, in chapter: Chapter, isCertain: Bool
  ) -> AnswerReport.KnownMistake {
    AnswerReport.KnownMistake(
      title: mistake.fold.summary,
      blocks: mistake.fold.blocks.filter { block in
        if case .step(mistake.step) = block.kind { return false }
        return true
      }, isCertain: isCertain)
  }
}
