public import Course
internal import StepRecords

/// A lesson where nothing can be compiled: every step shows what was kept when the chapter was verified.
///
/// Reading, guessing, hints and the learner's place work as ever; answers and what-ifs say why they
/// cannot be tried.
public final class KeptLesson: Lesson {
  private let result: ChapterResult?
  private let reason: String
  private let journal: (LearnerEvent) -> Void
  /// Everything the learner did in this chapter.
  public private(set) var events: [LearnerEvent]
  /// Never called: nothing here takes long.
  public var whileWaiting: ((_ seconds: Double) -> Void)?
  private let title: String
  private let earlier: [(topic: String, guess: Guess, score: Guess.Score)]

  /// A lesson from results that were kept.
  ///
  /// - Parameters:
  ///   - result: What was kept; nil when the chapter never ran.
  ///   - title: The chapter's title, the topic of its guesses.
  ///   - reason: Why nothing can be compiled.
  ///   - events: What the learner did before.
  ///   - guesses: Guesses of before, in every chapter.
  ///   - journal: Keeps each new event.
  public init(
    result: ChapterResult?, title: String, reason: String, events: [LearnerEvent] = [],
    guesses: [(topic: String, guess: Guess, score: Guess.Score)] = [],
    journal: @escaping (LearnerEvent) -> Void = { _ in }
  ) {
    self.result = result
    self.title = title
    self.reason = reason
    self.events = events
    self.journal = journal
    earlier = guesses
  }

  /// What was kept of a step.
  public func outcome(ofStep id: String) -> StepOutcome? {
    result?.steps.first { $0.id == id }
  }

  /// What was kept of the chapter.
  public var diagnostics: [Diagnostic] { result?.diagnostics ?? [] }

  /// What was kept of a step: it does not run.
  public func run(step id: String, again isAgain: Bool) -> StepOutcome? { outcome(ofStep: id) }

  /// No step can be changed here.
  public func changedCode(ofStep id: String) -> String? { nil }

  /// Says why the step cannot be changed.
  public func change(step id: String) -> WhatIfReport {
    WhatIfReport(step: id, path: "", verdict: .notTried(reason: reason))
  }

  /// There is nothing to put back.
  public func restore(step id: String) {}

  /// Says why the answer cannot be checked.
  public func answer(exercise: String) -> AnswerReport? { check(exercise: exercise) }

  /// Says why the answer cannot be checked.
  public func check(exercise: String) -> AnswerReport {
    AnswerReport(exercise: exercise, path: "", verdict: .notTried(reason: reason))
  }

  /// Nothing is looked for, since nothing can be checked.
  public func hasNewAnswer(exercise: String) -> Bool { false }

  /// Where an answer would go is not known here.
  public func answerPath(exercise: String) -> String { "" }

  /// Keeps an event.
  public func note(_ event: LearnerEvent) {
    events.append(event)
    journal(event)
  }

  /// Guesses of before, and those of this sitting.
  public var guesses: [(topic: String, guess: Guess, score: Guess.Score)] {
    earlier
      + events.compactMap { event in
        guard case .guessed(_, let typed, let actual) = event, let guess = Guess(typed) else {
          return nil
        }
        let value = Double(actual).map { RecordedValue.double($0) } ?? .described(actual)
        return (title, guess, guess.score(against: value))
      }
  }
}
