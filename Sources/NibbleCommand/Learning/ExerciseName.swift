import ArgumentParser
import Course

/// Which exercise of which chapter.
struct ExerciseName: ParsableArguments {
  @Argument(help: ArgumentHelp("The chapter by id, number or path.", valueName: "chapter"))
  var chapter: String

  @Argument(
    help: ArgumentHelp("The exercise by name or number.", valueName: "exercise"))
  var name: String

  @OptionGroup var course: FolderOptions

  /// The chapter, the exercise and the learner's file of it.
  func find() throws -> Place {
    let file = try course.chapter(named: chapter)
    let parsed = try ParsedChapter(file)
    let exercises = Exercise.all(in: parsed.chapter)
    guard
      let exercise = exercises.first(where: { $0.name == name || String($0.number) == name })
    else {
      let names = exercises.map(\.name).joined(separator: ", ")
      throw Failure(
        .noInput,
        "\(file.path): no exercise \(name); "
          + (exercises.isEmpty ? "this chapter has none" : "there are \(names)"))
    }
    let records = Learner(course: course).folder.records(ofChapter: parsed.chapter.id)
    return Place(
      parsed: parsed, exercise: exercise, records: records,
      file: records.answer(to: exercise.name))
  }

  struct Place {
    let parsed: ParsedChapter
    let exercise: Exercise
    let records: ChapterRecords
    let file: LearnerFile

    /// What the learner did in the chapter.
    var events: [LearnerEvent] { records.journal.entries.map(\.event) }
  }
}
