import ArgumentParser
import Course
import Foundation
import Terminal

/// `nibble learn`: a chapter in the terminal, a step at a time.
struct LearnCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "learn",
    abstract: "Read a chapter in the terminal, a step at a time.",
    discussion: """
      Prose first, then each step with its code, its values and whether they held. Not on a terminal, \
      the chapter and its results are printed plainly.

      Example: nibble learn 1
      """
  )

  @Argument(
    help: ArgumentHelp(
      "A chapter by id, number or path (default: the first not finished).", valueName: "chapter"))
  var name: String?

  @OptionGroup var course: CourseOptions

  func run() async throws {
    let file = try chapterFile()
    let parsed = try ParsedChapter(file)
    let gathered = try await CourseResults.gather([parsed])
    let result = gathered.results.first
    let chapter = parsed.chapter.reading(as: course.persona)
    let environment = ProcessInfo.processInfo.environment
    let settings = TerminalSettings.detect(descriptor: STDOUT_FILENO, environment: environment)
    guard let result, TerminalSettings.isTerminal(STDOUT_FILENO) else {
      Output.line(PlainReading(chapter: chapter, result: result, settings: settings).text())
      if let result, !result.held { throw Failure(.didNotHold) }
      try gathered.requireAll()
      return
    }
    try step(through: chapter, result: result, file: file, settings: settings)
  }

  /// The named chapter, else the first that was not read to its end, else the first.
  private func chapterFile() throws -> ChapterFile {
    if let name {
      let files = try CourseFolder.chapters(named: [name], in: course.path)
      guard let file = files.first else {
        throw Failure(.noInput, "\(name): no such chapter")
      }
      return file
    }
    let files = try CourseFolder(path: course.path).chapters
    let unread = files.first { LearnerProgress.fraction(ofChapter: $0.path) < 1 }
    guard let file = unread ?? files.first else {
      throw Failure(.noInput, "\(course.path): no chapters")
    }
    return file
  }

  private func step(
    through chapter: Chapter, result: ChapterResult, file: ChapterFile,
    settings: TerminalSettings
  ) throws {
    let terminal = DescriptorTerminal(
      input: STDIN_FILENO, output: STDOUT_FILENO, settings: settings,
      kind: ProcessInfo.processInfo.environment["TERM"])
    let lesson = KeptLesson(
      result: result, title: chapter.frontMatter.title, reason: "nothing runs here yet")
    var stepper = Stepper(
      chapter: chapter, lesson: lesson, terminal: terminal, next: chapterAfter(file))
    let ending = Interrupts.cleaningUp(DescriptorTerminal.restore) { stepper.run() }
    let total = stepper.stepCount
    switch ending {
    case .finished:
      try store(.init(seen: total, of: total), file: file)
    case .left(let step):
      try store(.init(seen: max(0, step - 1), of: total), file: file)
    case .endOfInput:
      break
    case .interrupted:
      throw Failure(.interrupted)
    }
  }

  /// The chapter that follows in reading order, if the folder has one.
  private func chapterAfter(_ file: ChapterFile) -> String? {
    let files = (try? CourseFolder(path: course.path).chapters) ?? []
    guard let place = files.firstIndex(where: { $0.id == file.id }), place + 1 < files.count else {
      return nil
    }
    return files[place + 1].id
  }

  private func store(_ bookmark: LearnerProgress.Bookmark, file: ChapterFile) throws {
    do {
      try LearnerProgress.store(bookmark, forChapter: file.path)
    } catch {
      Output.note("your place could not be remembered: \(error.localizedDescription)")
    }
  }
}
