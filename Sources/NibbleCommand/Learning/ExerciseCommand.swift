import ArgumentParser

/// `nibble exercise`: the exercises outside the reader.
struct ExerciseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exercise",
    abstract: "List exercises, check your answers, get hints.",
    discussion: """
      Answers are Swift files in your own folder, the same ones that the reader opens; list says where. \
      They are judged by what they compute.

      Example: nibble exercise check 1 zero-point
      """,
    subcommands: [
      ListExercisesCommand.self, CheckExerciseCommand.self, HintCommand.self,
      ResetExerciseCommand.self,
    ]
  )
}
