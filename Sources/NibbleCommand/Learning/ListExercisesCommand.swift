import ArgumentParser
import Course

/// `nibble exercise list [CHAPTER]`: every exercise, what became of it, and its file.
struct ListExercisesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the exercises and how far you are.",
    discussion: "Example: nibble exercise list 1"
  )

  @Argument(
    help: ArgumentHelp("A chapter by id, number or path (default: all).", valueName: "chapter"))
  var chapter: String?

  @OptionGroup var course: FolderOptions

  @Flag(help: "Print one JSON object instead.")
  var json = false

  func run() throws {
    let files = try CourseFolder.chapters(named: chapter.map { [$0] } ?? [], in: course.path)
    let folder = Learner(course: course).folder
    var entries: [Entry] = []
    for file in files {
      let parsed = try ParsedChapter(file).chapter
      let records = folder.records(ofChapter: parsed.id)
      let events = records.journal.entries.map(\.event)
      for exercise in Exercise.all(in: parsed) {
        let answer = records.answer(to: exercise.name)
        entries.append(
          Entry(
            chapter: parsed.id, exercise: exercise.name, number: exercise.number,
            title: Inline.plainText(of: exercise.title),
            state: ExerciseState(of: exercise.name, events: events, answer: answer),
            hints: exercise.hints.count,
            file: answer.exists ? answer.path : nil))
      }
    }
    if json {
      try Output.json(Listing(schema: 1, exercises: entries))
      return
    }
    guard !entries.isEmpty else {
      Output.line(chapter.map { "\($0) has no exercises" } ?? "this course has no exercises")
      return
    }
    var last: String?
    for entry in entries {
      if entry.chapter != last { Output.line(entry.chapter) }
      last = entry.chapter
      Output.line("  \(entry.number)  \(entry.exercise)  \(entry.title): \(entry.state.words)")
      if let file = entry.file { Output.line("     \(file)") }
    }
  }

  private struct Listing: Encodable {
    let schema: Int
    let exercises: [Entry]
  }

  private struct Entry: Encodable {
    let chapter: String
    let exercise: String
    let number: Int
    let title: String
    let state: ExerciseState
    let hints: Int
    let file: String?
  }
}
