public import Course

/// What a reader at a terminal asks of the world: run this, edit that, remember where I am.
///
/// The command implements it over a paused program and the learner's folder; a test over a script.
/// Every call returns when it is done, and leaves the terminal as it was.
public protocol Lesson: AnyObject {
  /// What is known of a step: from this sitting, else from when the chapter was verified.
  ///
  /// - Parameter id: The step's id.
  /// - Returns: Its outcome; nil when it never ran.
  func outcome(ofStep id: String) -> StepOutcome?

  /// Called a few times a second while a call below takes long, on the thread that waits, with the
  /// seconds it has taken; the reader sets it.
  var whileWaiting: ((_ seconds: Double) -> Void)? { get set }

  /// What there is to say about the chapter.
  var diagnostics: [Diagnostic] { get }

  /// Runs the chapter's own program up to the end of a step; it stays paused there.
  ///
  /// - Parameters:
  ///   - id: The step's id.
  ///   - isAgain: Starts the program anew, so that the step runs although it has.
  /// - Returns: What the step left; nil when the chapter has no such step.
  func run(step id: String, again isAgain: Bool) -> StepOutcome?

  /// The learner's own code of a step, where it was changed and not put back.
  ///
  /// - Parameter id: The step's id.
  /// - Returns: The code, expectations included.
  func changedCode(ofStep id: String) -> String?

  /// Opens a step in the learner's editor, and runs it and what it needs with the change.
  ///
  /// - Parameter id: The step's id.
  /// - Returns: What became of it.
  func change(step id: String) -> WhatIfReport

  /// Puts a changed step back as the author wrote it.
  ///
  /// - Parameter id: The step's id.
  func restore(step id: String)

  /// Opens the learner's file of an exercise in their editor, and checks it when that is closed.
  ///
  /// - Parameter exercise: The exercise's name.
  /// - Returns: What became of the answer; nil when the file is still the stub.
  func answer(exercise: String) -> AnswerReport?

  /// Checks the learner's file of an exercise as it stands.
  ///
  /// - Parameter exercise: The exercise's name.
  /// - Returns: What became of the answer.
  func check(exercise: String) -> AnswerReport

  /// Whether the learner's file was saved since it was last checked here; asked a few times a second
  /// while a reader stays at an exercise.
  ///
  /// - Parameter exercise: The exercise's name.
  /// - Returns: Whether there is something new to check.
  func hasNewAnswer(exercise: String) -> Bool

  /// Where the learner's file of an exercise is, for words on the screen.
  ///
  /// - Parameter exercise: The exercise's name.
  /// - Returns: A path, `~` for the home folder.
  func answerPath(exercise: String) -> String

  /// Keeps in the journal what the learner did; the reader notes everything, the lesson nothing by
  /// itself.
  ///
  /// - Parameter event: The event.
  func note(_ event: LearnerEvent)

  /// Everything the learner did in this chapter, this sitting included, oldest first.
  var events: [LearnerEvent] { get }

  /// Guesses in every chapter of the course, by chapter title, oldest first.
  var guesses: [(topic: String, guess: Guess, score: Guess.Score)] { get }
}
