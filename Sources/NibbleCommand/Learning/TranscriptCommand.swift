import ArgumentParser
import Course
import Foundation

/// `nibble transcript`: what the learner did in a chapter, as a chapter of its own.
struct TranscriptCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "transcript",
    abstract: "Write down what you did in a chapter, as Markdown that verifies.",
    discussion: """
      It holds the steps you ran with your own changes, your guesses beside what the steps computed, \
      and your answers. It is a chapter: nibble verify runs it again.

      Example: nibble transcript 1 --out my-first-chapter.md
      """
  )

  @Argument(
    help: ArgumentHelp("The chapter by id, number or path.", valueName: "chapter"))
  var name: String

  @OptionGroup var course: FolderOptions

  @Option(help: ArgumentHelp("Write it here (default: standard output).", valueName: "file"))
  var out: String?

  @Flag(help: "Replace the file if it exists.")
  var force = false

  func run() async throws {
    let output = try out.map { try OutputFile($0, force: force) }
    let file = try course.chapter(named: name)
    let parsed = try ParsedChapter(file)
    let records = Learner(course: course).folder.records(ofChapter: parsed.chapter.id)
    let entries = records.journal.entries
    guard !entries.isEmpty else {
      throw Failure(
        .noInput,
        "you have done nothing in \(parsed.chapter.id) yet: nibble learn \(parsed.chapter.shortName)"
      )
    }
    let gathered = try await CourseResults.gather([parsed])
    let transcript = Transcript(
      chapter: parsed.chapter, entries: entries,
      changes: records.changes(in: parsed.chapter, after: entries.map(\.event)),
      answers: await answers(in: parsed.chapter, records, gathered))
    let text = try await settled(transcript.markdown(), of: file, gathered.verifier)
    if let output, let out {
      try output.write(Array(text.utf8))
      Output.line(out)
      Output.note("Run it again:  nibble verify \(out)")
    } else {
      Output.text(text)
    }
  }

  /// The learner's answers, each checked as it stands now.
  private func answers(
    in chapter: Chapter, _ records: ChapterRecords, _ gathered: CourseResults
  ) async -> [String: Transcript.Answer] {
    guard let result = gathered.results.first else { return [:] }
    return await OwnThread.run {
      Interrupts.cleaningUp({ LearningSession.endAll() }) {
        let session = LearningSession(
          chapter: chapter, result: result, verifier: gathered.verifier)
        var answers: [String: Transcript.Answer] = [:]
        for exercise in Exercise.all(in: chapter) {
          let file = records.answer(to: exercise.name)
          guard file.exists, file.isChanged, let code = file.text else { continue }
          let report = session.check(exercise, code: code, path: file.path)
          answers[exercise.name] = report.verdict == .solved ? .solved(code) : .tried(code)
        }
        return answers
      }
    }
  }

  /// The text with every number as its own steps compute it: a change moves what comes after it.
  private func settled(
    _ text: String, of file: ChapterFile, _ verifier: ChapterVerifier
  ) async throws -> String {
    let folder = OutputFolder.parent(of: file.path)
    let (chapter, diagnostics) = ChapterParser(
      text: text, id: "transcript", path: "\(folder)/transcript.md"
    ).parse()
    let task = Task {
      try await verifier.verify(ParsedChapter(chapter: chapter, diagnostics: diagnostics))
    }
    let result: ChapterResult
    do {
      result = try await Interrupts.cancelling(task)
    } catch let error as ExecutionError {
      guard case .cancelled = error else {
        Output.note("written as it is, without running it: \(error)")
        return text
      }
      throw error
    }
    return Acceptance(chapter: chapter, result: result).text
  }
}
