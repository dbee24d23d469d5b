/// A chapter on its way through the compiler: what is still in its program, and what had to go.
struct Attempt: Sendable {
  let chapter: Chapter
  /// The plan as it was before anything was taken out.
  let original: ProgramPlan
  /// What is still in the program.
  private(set) var plan: ProgramPlan
  /// Variants that do not compile as scopes, to be tried alone.
  private(set) var alone: [ProgramPlan.Variant] = []
  /// Whether the program compiled.
  var isCompiled = false
  /// What was found so far.
  var log: ExecutionLog

  init(_ chapter: Chapter, plan: ProgramPlan) {
    self.chapter = chapter
    original = plan
    self.plan = plan
    log = ExecutionLog(
      codeLines: Dictionary(
        chapter.steps.map { ($0.id, $0.codeLine) }, uniquingKeysWith: { first, _ in first }))
  }

  /// Takes out what would unbalance the program around it, or take from it what it needs.
  mutating func leaveOutHarmful() {
    for variant in plan.variants {
      for step in [variant.step] + variant.checks {
        guard let problem = problem(in: chapter.steps[step]) else { continue }
        plan.remove(variant)
        recordBroken(chapter.steps[variant.step].id, [message(problem)])
        break
      }
    }
    for step in plan.mainSteps {
      guard let problem = problem(in: chapter.steps[step]) else { continue }
      plan.end(before: step)
      recordBroken(chapter.steps[step].id, [message(problem)])
      return
    }
  }

  /// Takes out the blocks that errors belong to.
  ///
  /// - Parameter messages: The compiler's errors.
  /// - Returns: Whether anything was taken out; if not, there is no use in compiling again.
  mutating func leaveOut(_ messages: [CompilerMessage]) -> Bool {
    let owners = ErrorOwners(chapter)
    let owned = Dictionary(grouping: messages) { owners.owner(of: $0) }
    var isChanged = false
    for variant in plan.variants where owned[.variant(variant.step)] != nil {
      plan.remove(variant)
      alone.append(variant)
      isChanged = true
    }
    if let step = plan.mainSteps.first(where: { owned[.step($0)] != nil }) {
      plan.end(before: step)
      recordBroken(chapter.steps[step].id, owned[.step(step)] ?? [])
      alone = alone.filter { isBefore($0, step) }
      isChanged = true
    }
    if !isChanged { log.failure = messages }
    return isChanged
  }

  /// Notes that a step or a variant does not compile.
  mutating func recordBroken(_ id: String, _ messages: [CompilerMessage]) {
    let step = chapter.steps.first { $0.id == id }
    let owners = ErrorOwners(chapter)
    // Errors elsewhere follow from this one, or belong to somebody else.
    let own = messages.filter { message in
      switch owners.owner(of: message) {
      case .step(let index), .variant(let index): chapter.steps[index].id == id
      case nil: false
      }
    }
    let kept = own.isEmpty ? messages : own
    let line = kept.first.map { $0.line > 0 ? $0.line : $0.notes.first?.line ?? 0 } ?? 0
    log.broken.append(
      ExecutionLog.Broken(id: id, line: line > 0 ? line : step?.line ?? 1, messages: kept))
  }

  private func isBefore(_ variant: ProgramPlan.Variant, _ step: Int) -> Bool {
    let place = original.parts.firstIndex(of: .variant(variant)) ?? original.parts.endIndex
    let end = original.parts.firstIndex { $0 == .step(step) || $0 == .check(step) }
    return place < end ?? original.parts.endIndex
  }

  private func problem(in step: Step) -> BlockBalance.Problem? {
    BlockBalance.problem(in: step) ?? ReservedCode.problem(in: step)
  }

  private func message(_ problem: BlockBalance.Problem) -> CompilerMessage {
    CompilerMessage(
      file: ErrorOwners.name(of: chapter.path), line: problem.line, text: problem.summary)
  }
}
