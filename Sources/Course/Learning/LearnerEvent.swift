/// One thing a learner did in a chapter, as the journal keeps it.
public enum LearnerEvent: Hashable, Sendable {
  /// Stopped at a place: the id of a stop, and its number of all.
  case place(id: String, number: Int, of: Int)
  /// Saw what a step computed.
  case ran(step: String)
  /// Guessed a value before it was shown; `actual` is the value's text.
  case guessed(name: String, guess: String, actual: String)
  /// Ran a step with code of one's own.
  case changed(step: String)
  /// Went back to a step's own code.
  case restored(step: String)
  /// Asked for a hint, counted from 1.
  case hint(exercise: String, number: Int)
  /// Looked at the solution.
  case sawSolution(exercise: String)
  /// Had an answer checked: so many checks passed, of so many.
  case tried(exercise: String, passed: Int, of: Int)
  /// Had an answer pass every check.
  case solved(exercise: String)
  /// Started an exercise again from its stub.
  case reset(exercise: String)
  /// Came to the end of the chapter.
  case finished
}
