/// What of a chapter runs, in which order, and what does not and why.
///
/// Plain steps, claims and solutions follow one another as written, and are the program. A check runs
/// after its solution, in a scope of its own, since its names are not part of the program. Stubs, wrong
/// answers and blocks that must trap are variants: scopes at their place, each entered in a run of its
/// own. Blocks that must not compile stand apart.
struct ProgramPlan {
  /// One piece of the program.
  enum Part: Hashable {
    /// A step at the top level.
    case step(Int)
    /// A check of the solution above it.
    case check(Int)
    /// A scope that only its own run enters.
    case variant(Variant)
  }

  /// A block tried in a run of its own, with the checks it is tried against.
  struct Variant: Hashable {
    let step: Int
    let checks: [Int]
  }

  /// A block that must not compile, after so many parts of the program.
  struct Rejected: Hashable {
    let step: Int
    let position: Int
  }

  /// The program, in order.
  private(set) var parts: [Part] = []
  /// Blocks that must not compile.
  private(set) var rejected: [Rejected] = []
  /// Slow steps that nobody asked for.
  private(set) var skipped: Set<Int> = []
  /// Steps that use a name of a skipped step, and the name.
  private(set) var blocked: [Int: String] = [:]

  /// The plan of a whole chapter.
  init(_ chapter: Chapter, runsSlowSteps: Bool) {
    let steps = chapter.steps
    let exercises = Exercises(steps)
    if !runsSlowSteps { leaveOutSlowSteps(steps) }
    for (index, step) in steps.enumerated() {
      if !isLeftOut(index) { append(step, at: index, of: exercises) }
      if case .check(let exercise) = step.role, exercises.lastCheck(of: exercise) == index {
        // The answers that stand before their last check wait for it.
        for earlier in exercises.answers(to: exercise) where earlier < index {
          appendVariant(earlier, checks: exercises.checks(of: exercise))
        }
      }
    }
  }

  /// The part of the program at the top level or in a check's scope, without variants.
  var mainSteps: [Int] {
    parts.compactMap { part in
      switch part {
      case .step(let index), .check(let index): index
      case .variant: nil
      }
    }
  }

  /// The variants, in order.
  var variants: [Variant] {
    parts.compactMap { part in
      guard case .variant(let variant) = part else { return nil }
      return variant
    }
  }

  /// The same program without anything that is only tried.
  var withoutVariants: ProgramPlan {
    var plan = self
    plan.parts.removeAll { part in
      if case .variant = part { return true }
      return false
    }
    plan.rejected = []
    return plan
  }

  /// Ends the program before a step that does not compile.
  mutating func end(before step: Int) {
    let end = parts.firstIndex { $0 == .step(step) || $0 == .check(step) } ?? parts.endIndex
    parts.removeSubrange(end...)
    rejected.removeAll { $0.position > end }
  }

  /// Leaves out a variant that does not compile.
  mutating func remove(_ variant: Variant) {
    guard let index = parts.firstIndex(of: .variant(variant)) else { return }
    parts.remove(at: index)
    rejected = rejected.map {
      $0.position > index ? Rejected(step: $0.step, position: $0.position - 1) : $0
    }
  }

  private func isLeftOut(_ index: Int) -> Bool {
    skipped.contains(index) || blocked[index] != nil
  }

  private mutating func append(_ step: Step, at index: Int, of exercises: Exercises) {
    switch step.role {
    case .plain, .claim: parts.append(.step(index))
    case .solution(let exercise):
      parts.append(.step(index))
      for check in exercises.checks(of: exercise) where check < index && !isLeftOut(check) {
        parts.append(.check(check))
      }
    case .check(let exercise):
      guard let solution = exercises.solution(of: exercise), solution < index,
        !isLeftOut(solution)
      else { return }
      parts.append(.check(index))
    case .stub(let exercise), .wrong(let exercise, _):
      guard exercises.lastCheck(of: exercise).map({ $0 < index }) ?? true else { return }
      appendVariant(index, checks: exercises.checks(of: exercise))
    case .traps: appendVariant(index, checks: [])
    case .rejects: rejected.append(Rejected(step: index, position: parts.count))
    }
  }

  private mutating func appendVariant(_ step: Int, checks: [Int]) {
    guard !isLeftOut(step), !checks.contains(where: isLeftOut) else { return }
    parts.append(.variant(Variant(step: step, checks: checks)))
  }

  private mutating func leaveOutSlowSteps(_ steps: [Step]) {
    var missing: Set<String> = []
    for (index, step) in steps.enumerated() {
      let names = StepNames(step.code)
      if step.isSlow {
        skipped.insert(index)
      } else if let name = names.used.subtracting(names.declared).intersection(missing).min() {
        blocked[index] = name
      }
      // A name declared anew is there again, such as a stub's function of the same name.
      if isLeftOut(index), step.isProgram { missing.formUnion(names.declared.union(names.changed)) }
    }
  }
}

extension Step {
  /// Whether later steps see what it declares.
  var isProgram: Bool {
    switch role {
    case .plain, .claim, .solution: true
    case .stub, .check, .wrong, .rejects, .traps: false
    }
  }
}

/// Which steps belong to which exercise.
private struct Exercises {
  private var checks: [String: [Int]] = [:]
  private var solutions: [String: Int] = [:]
  private var answers: [String: [Int]] = [:]

  init(_ steps: [Step]) {
    for (index, step) in steps.enumerated() {
      switch step.role {
      case .check(let exercise): checks[exercise, default: []].append(index)
      case .solution(let exercise): solutions[exercise] = solutions[exercise] ?? index
      case .stub(let exercise), .wrong(let exercise, _):
        answers[exercise, default: []].append(index)
      case .plain, .claim, .rejects, .traps: break
      }
    }
  }

  func checks(of exercise: String) -> [Int] { checks[exercise] ?? [] }
  func lastCheck(of exercise: String) -> Int? { checks[exercise]?.last }
  func solution(of exercise: String) -> Int? { solutions[exercise] }
  func answers(to exercise: String) -> [Int] { answers[exercise] ?? [] }
}
