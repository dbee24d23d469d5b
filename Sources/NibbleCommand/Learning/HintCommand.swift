import ArgumentParser
import Course
import Foundation
import Terminal

/// `nibble exercise hint CHAPTER EXERCISE`: one more hint, mildest first.
struct HintCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hint",
    abstract: "Show the next hint of an exercise.",
    discussion: "Example: nibble exercise hint 1 zero-point"
  )

  @OptionGroup var exercise: ExerciseName

  func run() throws {
    let place = try exercise.find()
    let hints = place.exercise.hints
    guard !hints.isEmpty else {
      Output.line("\(place.exercise.name) has no hints.")
      return
    }
    let given = place.events.reduce(0) { most, event in
      switch event {
      case .hint(place.exercise.name, let number): max(most, number)
      case .reset(place.exercise.name): 0
      default: most
      }
    }
    let number = min(given + 1, hints.count)
    let settings = TerminalSettings.detect(
      descriptor: STDOUT_FILENO, environment: ProcessInfo.processInfo.environment)
    Output.text(
      PlainHint(number, of: place.exercise, in: place.parsed.chapter, settings: settings).text())
    if given < hints.count {
      try place.records.journal.add(.hint(exercise: place.exercise.name, number: number))
    }
  }
}
