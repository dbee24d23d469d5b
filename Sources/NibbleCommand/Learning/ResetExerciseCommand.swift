import ArgumentParser
import Course

/// `nibble exercise reset CHAPTER EXERCISE`: the stub again; the old answer is kept beside it.
struct ResetExerciseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reset",
    abstract: "Start an exercise again from its stub.",
    discussion: """
      What you wrote is kept beside the new file under another name.

      Example: nibble exercise reset 1 zero-point
      """
  )

  @OptionGroup var exercise: ExerciseName

  func run() throws {
    let place = try exercise.find()
    let text = LearnerText.answer(to: place.exercise, of: place.parsed.chapter)
    let kept = try Interrupts.uninterrupted { try place.file.reset(to: text) }
    try place.records.journal.add(.reset(exercise: place.exercise.name))
    Output.line(place.file.path)
    if let kept { Output.note("what you had written is in \(kept)") }
  }
}
