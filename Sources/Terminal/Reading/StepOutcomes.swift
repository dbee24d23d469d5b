import Course

/// Where a reader learns what happened when a chapter ran.
///
/// A finished `ChapterResult` is one, a `Lesson` another.
protocol StepOutcomes {
  /// What happened to a step; nil when it never ran.
  ///
  /// - Parameter id: The step's id.
  /// - Returns: Its outcome.
  func outcome(ofStep id: String) -> StepOutcome?

  /// What there is to say about the chapter.
  var diagnostics: [Diagnostic] { get }
}

extension ChapterResult: StepOutcomes {
  /// What happened to a step; nil when the result has no such step.
  ///
  /// - Parameter id: The step's id.
  /// - Returns: Its outcome.
  func outcome(ofStep id: String) -> StepOutcome? {
    steps.first { $0.id == id }
  }
}

/// Nothing has run: the chapter is read without results.
struct NothingRan: StepOutcomes {
  var diagnostics: [Diagnostic] { [] }

  func outcome(ofStep id: String) -> StepOutcome? { nil }
}

/// What a lesson knows: this sitting's outcomes, else those kept from when the chapter was verified.
struct LessonOutcomes: StepOutcomes {
  let lesson: any Lesson

  var diagnostics: [Diagnostic] { lesson.diagnostics }

  func outcome(ofStep id: String) -> StepOutcome? { lesson.outcome(ofStep: id) }
}
