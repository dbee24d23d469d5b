public import Course

/// Where a reader learns what happened when a chapter ran.
///
/// A finished `ChapterResult` is one; something that runs steps as they are asked for may be another.
public protocol StepOutcomes: Sendable {
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
  public func outcome(ofStep id: String) -> StepOutcome? {
    steps.first { $0.id == id }
  }
}

/// Nothing has run: the chapter is read without results.
struct NothingRan: StepOutcomes {
  var diagnostics: [Diagnostic] { [] }

  func outcome(ofStep id: String) -> StepOutcome? { nil }
}
