import ArgumentParser
import Course
import Foundation
import Terminal

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
    let files = try CourseFolder.chapters(named: [chapter], in: course.path)
    guard let file = files.first else { throw Failure(.noInput, "\(chapter): no such chapter") }
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

/// How far a learner is with an exercise.
enum ExerciseState: String, Encodable {
  case notBegun = "not-begun"
  case begun
  case tried
  case solved

  /// The state after everything the learner did; beginning anew forgets what was before.
  init(of exercise: String, events: [LearnerEvent], answer: LearnerFile) {
    var state: ExerciseState = answer.exists && answer.isChanged ? .begun : .notBegun
    for event in events {
      switch event {
      case .tried(exercise, _, _) where state != .solved: state = .tried
      case .solved(exercise): state = .solved
      case .reset(exercise): state = answer.isChanged ? .begun : .notBegun
      default: break
      }
    }
    self = state
  }

  /// For people.
  var words: String {
    switch self {
    case .notBegun: "not begun"
    case .begun: "begun"
    case .tried: "tried, not solved yet"
    case .solved: "solved"
    }
  }
}

/// `nibble exercise check CHAPTER EXERCISE`: the answer against the checks.
struct CheckExerciseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check your answer to an exercise.",
    discussion: """
      Exit code 0 when every check passes, 1 when one does not.

      Example: nibble exercise check 1 zero-point
      """
  )

  @OptionGroup var exercise: ExerciseName

  @Option(
    help: ArgumentHelp("An answer elsewhere, instead of the one in your folder.", valueName: "file")
  )
  var file: String?

  @Flag(help: "Print one JSON object instead.")
  var json = false

  func run() async throws {
    let place = try exercise.find()
    let (code, path) = try answer(at: place)
    let gathered = try await CourseResults.gather([place.parsed])
    guard let result = gathered.results.first else {
      try gathered.requireAll()
      return
    }
    let (chapter, wanted) = (place.parsed.chapter, place.exercise)
    let report = await OwnThread.run {
      Interrupts.cleaningUp({ LearningSession.endAll() }) {
        let session = LearningSession(
          chapter: chapter, result: result, verifier: gathered.verifier)
        return session.check(wanted, code: code, path: path)
      }
    }
    if file == nil { try note(report, in: place) }
    if json {
      try Output.json(AnswerListing(report))
    } else {
      let settings = TerminalSettings.detect(
        descriptor: STDOUT_FILENO, environment: ProcessInfo.processInfo.environment)
      Output.text(PlainAnswer(report, chapter: chapter, settings: settings).text())
    }
    switch report.verdict {
    case .solved: break
    case .notTried(let reason): throw Failure(.didNotHold, reason)
    default: throw Failure(.didNotHold)
    }
  }

  private func answer(at place: ExerciseName.Place) throws -> (code: String, path: String) {
    if let file {
      guard let data = FileManager.default.contents(atPath: file) else {
        throw Failure(.noInput, "\(file): no such file")
      }
      guard let text = String(validating: data, as: UTF8.self) else {
        throw Failure(.badData, "\(file): not text in UTF-8")
      }
      return (text, file)
    }
    guard place.file.exists else {
      try place.file.begin(
        from: LearnerText.answer(to: place.exercise, of: place.parsed.chapter))
      throw Failure(
        .didNotHold,
        "there was no answer yet; \(place.file.path) now holds the start of one: write yours there "
          + "and check again")
    }
    guard let text = place.file.text else {
      throw Failure(.badData, "\(place.file.path): not text in UTF-8")
    }
    return (text, place.file.path)
  }

  private func note(_ report: AnswerReport, in place: ExerciseName.Place) throws {
    switch report.verdict {
    case .notTried: return
    case .solved:
      try place.records.journal.add(
        .tried(exercise: report.exercise, passed: report.passed, of: report.checkCount))
      try place.records.journal.add(.solved(exercise: report.exercise))
    default:
      try place.records.journal.add(
        .tried(exercise: report.exercise, passed: report.passed, of: report.checkCount))
    }
  }
}

/// What `check --json` prints.
private struct AnswerListing: Encodable {
  let schema = 1
  let exercise: String
  let file: String
  let solved: Bool
  let passed: Int
  let checks: Int
  let seconds: Double
  let failure: String?
  let mistake: String?
  let messages: [Message]

  struct Message: Encodable {
    let line: Int
    let text: String
  }

  init(_ report: AnswerReport) {
    exercise = report.exercise
    file = report.path
    solved = report.verdict == .solved
    passed = report.passed
    checks = report.checkCount
    seconds = report.seconds
    mistake = report.mistake.map { Inline.plainText(of: $0.title) }
    switch report.verdict {
    case .solved: (failure, messages) = (nil, [])
    case .failed(let check, let summary): (failure, messages) = ("check \(check): \(summary)", [])
    case .stopped(let summary): (failure, messages) = (summary, [])
    case .notTried(let reason): (failure, messages) = (reason, [])
    case .doesNotCompile(let found):
      failure = "does not compile"
      messages = found.map { Message(line: $0.line, text: $0.text) }
    }
  }
}

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
