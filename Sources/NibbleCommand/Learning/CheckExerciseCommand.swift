import ArgumentParser
import Course
import Foundation
import Terminal

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
    } else if report.isTried {
      let settings = TerminalSettings.detect(
        descriptor: STDOUT_FILENO, environment: ProcessInfo.processInfo.environment)
      Output.text(PlainAnswer(report, chapter: chapter, settings: settings).text())
    }
    switch report.verdict {
    case .solved: break
    case .notTried(let reason): throw report.error ?? Failure(.didNotHold, reason)
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

extension AnswerReport {
  /// Whether it ran; where it could not, the command fails with the reason, and says it once.
  fileprivate var isTried: Bool {
    if case .notTried = verdict { return false }
    return true
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
