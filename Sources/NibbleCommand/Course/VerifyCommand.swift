import ArgumentParser
import Course
import Foundation

/// `nibble verify`: runs every step and checks every number.
struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Run chapters and check every number they print.",
    discussion: """
      One line a chapter; each failure as PATH:LINE and what was found there. Nothing unchanged runs \
      twice: results are kept by content of chapter, engine, toolchain and flags.

      Example: nibble verify 1 --time-limit 20
      """
  )

  @Argument(help: "Chapters by id, number or path (default: all).")
  var names: [String] = []

  @OptionGroup var course: CourseOptions

  @Option(help: "Processes at once (default: the cores there are).")
  var jobs: Int?

  @Option(help: "Write the results here as JSON (-: standard output, and nothing else there).")
  var json: String?

  @Option(help: "Write the results here as JUnit XML.")
  var junit: String?

  @Option(help: "Seconds a program may run.")
  var timeLimit: Double?

  @Option(help: "Megabytes of memory a program may use.")
  var memoryLimit: Int?

  @Flag(help: "Run the steps marked slow as well.")
  var slow = false

  @Flag(help: "Run everything anew.")
  var noCache = false

  @Flag(help: "Rewrite expected numbers to what was found, and say what moved.")
  var accept = false

  @Option(help: "With --accept: why the numbers moved; printed with them.")
  var because: String?

  @Flag(help: "Verify again whenever a chapter changes.")
  var watch = false

  @Option(help: "Say why this step would run again: what changed since it last ran.")
  var why: String?

  func validate() throws {
    if let jobs, jobs < 1 { throw ValidationError("--jobs must be at least 1") }
    if let timeLimit, !(timeLimit > 0) {
      throw ValidationError("--time-limit must be more than 0 seconds")
    }
    if let memoryLimit, memoryLimit < 64 {
      throw ValidationError("--memory-limit must be at least 64 megabytes")
    }
    if because != nil, !accept { throw ValidationError("--because goes with --accept") }
  }

  func run() async throws {
    let environment = await VerifyEnvironment.find(
      executable: Installation.executable, environment: ProcessInfo.processInfo.environment)
    let verifier = ChapterVerifier(environment: environment, options: options)
    let files = try CourseFolder.chapters(named: names, in: course.path)

    if let why {
      try await explain(why, files: files, verifier: verifier)
      return
    }
    if watch {
      try await watchForever(files: files, verifier: verifier)
      return
    }
    guard try await verifyOnce(files: files, verifier: verifier) else { throw Failure(.didNotHold) }
  }

  private var options: VerifyOptions {
    var options = VerifyOptions()
    if let timeLimit { options.timeLimit = timeLimit }
    if let memoryLimit { options.memoryLimit = memoryLimit }
    if let jobs { options.jobs = jobs }
    options.runsSlowSteps = slow
    options.usesCache = !noCache
    return options
  }

  /// Verifies and reports; true when everything held.
  private func verifyOnce(files: [ChapterFile], verifier: ChapterVerifier) async throws -> Bool {
    var diagnosticsOfCourse: [Diagnostic] = []
    let parsed = try files.map { try ParsedChapter($0) }
    if names.isEmpty, let folder = try? CourseFolder(path: course.path) {
      diagnosticsOfCourse = folder.diagnostics + folder.lint(parsed.map(\.chapter))
    }
    let quiet = json == "-"
    let chapters = Dictionary(
      parsed.map { ($0.chapter.id, $0.chapter) }, uniquingKeysWith: { first, _ in first })
    let task = Task {
      try await verifier.verify(parsed) { result in
        guard !quiet, let chapter = chapters[result.id] else { return }
        let summary = ChapterSummary(chapter: chapter, result: result)
        Output.line(summary.line)
        for failure in summary.failures { Output.line(failure) }
      }
    }
    let results = try await Interrupts.cancelling(task)
    for diagnostic in diagnosticsOfCourse where !quiet {
      Output.line("\(diagnostic.path):\(diagnostic.line): \(diagnostic.summary)")
    }
    if accept { try acceptChanges(parsed: parsed, results: results) }
    let report = VerifyReport(results: results)
    if let json { try write(report.json(), to: json) }
    if let junit { try write(report.junit(), to: junit) }
    let courseHolds = !diagnosticsOfCourse.contains { $0.severity == .error }
    return report.held && courseHolds
  }

  private func acceptChanges(parsed: [ParsedChapter], results: [ChapterResult]) throws {
    if let because { Output.note("because: \(because)") }
    for (chapter, result) in zip(parsed, results) {
      let acceptance = Acceptance(chapter: chapter.chapter, result: result)
      for change in acceptance.changes { Output.note("\(change)") }
      for change in acceptance.refused { Output.note("not rewritten: \(change)") }
      try acceptance.write(to: chapter.chapter.path)
    }
  }

  private func explain(
    _ step: String, files: [ChapterFile], verifier: ChapterVerifier
  ) async throws {
    var found = false
    for file in files {
      let parsed = try ParsedChapter(file)
      guard parsed.chapter.steps.contains(where: { $0.id == step }) else { continue }
      found = true
      Output.line("\(parsed.chapter.path): \(step)")
      for line in try await verifier.why(step: step, in: parsed) { Output.line("  " + line) }
    }
    guard found else {
      let places = files.map(\.path).joined(separator: ", ")
      throw Failure(.noInput, "no step named \(step) in \(places)")
    }
  }

  private func watchForever(files: [ChapterFile], verifier: ChapterVerifier) async throws {
    let watcher = ChapterWatcher(paths: files.map(\.path))
    while true {
      _ = try await verifyOnce(files: files, verifier: verifier)
      Output.note("watching \(files.count) chapters; Ctrl-C ends")
      let task = Task { try await watcher.nextChange() }
      _ = try await Interrupts.cancelling(task)
    }
  }

  private func write(_ text: String, to path: String) throws {
    if path == "-" {
      Output.line(text)
      return
    }
    do {
      try Data((text + "\n").utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw Failure(.cannotWrite, "\(path): cannot be written: \(error.localizedDescription)")
    }
  }
}
