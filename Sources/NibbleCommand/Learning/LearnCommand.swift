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
      Prose first, then each step with its code, its values and whether they held. You go on where you \
      left; your answers, your changes and a journal lie in your own folder ($NIBBLE_HOME, else \
      ~/.local/state/nibble). Not on a terminal, the chapter and its results are printed plainly.

      Example: nibble learn 1
      """
  )

  @Argument(
    help: ArgumentHelp(
      "A chapter by id, number or path (default: the first not finished).", valueName: "chapter"))
  var name: String?

  @OptionGroup var course: CourseOptions

  func run() async throws {
    let learner = Learner(course: course.place)
    let file = try chapterFile(for: learner)
    let parsed = try ParsedChapter(file)
    let isTerminal = TerminalSettings.isTerminal(STDOUT_FILENO)
    // Its numbers are known before it is read: the first start of a long chapter takes a while, and says so.
    let notice = Task {
      try await Task.sleep(for: .seconds(1))
      if isTerminal { Output.status("running the chapter once …") }
    }
    defer { notice.cancel() }
    let gathered = try await CourseResults.gather([parsed])
    notice.cancel()
    _ = await notice.result
    if isTerminal { Output.status("") }
    let chapter = parsed.chapter.reading(as: course.persona)
    let environment = ProcessInfo.processInfo.environment
    let settings = TerminalSettings.detect(descriptor: STDOUT_FILENO, environment: environment)
    let result = gathered.results.first
    guard isTerminal else {
      Output.line(PlainReading(chapter: chapter, result: result, settings: settings).text())
      if let result, !result.held { throw Failure(.didNotHold) }
      try gathered.requireAll()
      return
    }
    let next = chapterAfter(file)
    let course = learner.chapters
    // The reader waits for keys and for programs, which is no work for the threads of tasks.
    let ending = await OwnThread.run {
      let session = LearningSession(
        chapter: parsed.chapter, result: result, verifier: gathered.verifier)
      let lesson = CourseLesson(session: session, folder: learner.folder, course: course)
      let terminal = DescriptorTerminal(
        input: STDIN_FILENO, output: STDOUT_FILENO, settings: settings, kind: environment["TERM"])
      defer { session.stop() }
      return Interrupts.cleaningUp({
        LearningSession.endAll()
        DescriptorTerminal.restore()
      }) {
        var stepper = Stepper(chapter: chapter, lesson: lesson, terminal: terminal, next: next)
        return stepper.run()
      }
    }
    if ending == .interrupted { throw Failure(.interrupted) }
    try gathered.requireAll()
  }

  /// The named chapter, else the first that was not read to its end, else the first.
  private func chapterFile(for learner: Learner) throws -> ChapterFile {
    if let name { return try course.place.chapter(named: name) }
    let files = try CourseFolder(path: course.path).chapters  // never none
    return files.first { learner.progress(in: $0.id) < 1 } ?? files[0]
  }

  /// The chapter that follows in reading order, if the folder has one.
  private func chapterAfter(_ file: ChapterFile) -> String? {
    let files = (try? CourseFolder(path: course.path).chapters) ?? []
    guard let place = files.firstIndex(where: { $0.id == file.id }), place + 1 < files.count else {
      return nil
    }
    return files[place + 1].id
  }
}
