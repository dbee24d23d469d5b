import Course

/// What a learner has done in a chapter, as its events tell it.
struct LearnerProgress {
  /// Steps whose values the learner has seen.
  private(set) var ran: Set<String> = []
  /// Exercises with an answer that passed every check.
  private(set) var solved: Set<String> = []
  /// Of exercises that were tried, how many checks passed last, of how many.
  private(set) var tried: [String: (passed: Int, of: Int)] = [:]
  /// How many hints of an exercise were asked for.
  private(set) var hints: [String: Int] = [:]
  /// Exercises whose solution was shown.
  private(set) var sawSolution: Set<String> = []
  /// The first guess at each value.
  private(set) var guesses: [String: String] = [:]
  /// The last stop: its id, and its number of all.
  private(set) var place: (id: String, number: Int, of: Int)?
  /// Whether the end was reached at some time.
  private(set) var hasFinished = false

  init(_ events: [LearnerEvent] = []) {
    for event in events { take(event) }
  }

  /// Takes one more event.
  mutating func take(_ event: LearnerEvent) {
    switch event {
    case .place(let id, let number, let count): place = (id, number, count)
    case .ran(let step): ran.insert(step)
    case .guessed(let name, let guess, _): guesses[name] = guesses[name] ?? guess
    case .hint(let exercise, let number): hints[exercise] = max(hints[exercise] ?? 0, number)
    case .sawSolution(let exercise): sawSolution.insert(exercise)
    case .tried(let exercise, let passed, let count): tried[exercise] = (passed, count)
    case .solved(let exercise): solved.insert(exercise)
    case .reset(let exercise):
      solved.remove(exercise)
      tried[exercise] = nil
    case .finished: hasFinished = true
    case .changed, .restored: break
    }
  }
}
