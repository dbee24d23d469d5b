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

  @Argument(
    help: ArgumentHelp("Chapters by id, number or path (default: all).", valueName: "chapter"))
  var names: [String] = []

  @OptionGroup var course: CourseOptions

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Processes at once (default: the cores there are).", valueName: "count"))
  var jobs: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Write the results here as JSON (-: standard output, and nothing else there).",
      valueName: "file"))
  var json: String?

  @Option(help: ArgumentHelp("Write the results here as JUnit XML.", valueName: "file"))
  var junit: String?

  @Flag(help: "Replace the files of --json and --junit if they exist.")
  var force = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Seconds a program may run (default 900).", valueName: "seconds"))
  var timeLimit: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Megabytes of memory a program may use (default 4096).", valueName: "megabytes"))
  var memoryLimit: Int?

  @Flag(help: "Run the steps marked slow as well.")
  var slow = false

  @Flag(help: "Run everything anew.")
  var noCache = false

  @Flag(help: "Rewrite expected numbers to what was found, and say what moved.")
  var accept = false

  @Option(
    help: ArgumentHelp(
      "With --accept: why the numbers moved; printed with them.", valueName: "text"))
  var because: String?

  @Flag(help: "Verify again whenever a chapter changes.")
  var watch = false

  @Option(
    help: ArgumentHelp(
      "Say why this step would run again: what changed since it last ran.", valueName: "step"))
  var why: String?

  func validate() throws {
    if let jobs, jobs < 1 { throw ValidationError("--jobs must be at least 1, not \(jobs)") }
    if let timeLimit, !(timeLimit > 0 && timeLimit <= 86_400) {
      throw ValidationError(
        "--time-limit must be more than 0 seconds and at most a day (86400), not \(timeLimit)")
    }
    if let memoryLimit, !(64...1_048_576).contains(memoryLimit) {
      throw ValidationError(
        "--memory-limit must be 64 to 1048576 megabytes, not \(memoryLimit)")
    }
    if because != nil, !accept { throw ValidationError("--because goes with --accept") }
    if watch, json == "-" {
      throw ValidationError("--watch verifies again and again, and --json - is one object")
    }
    if why != nil, watch || accept || json != nil || junit != nil {
      throw ValidationError("--why only explains; it runs nothing that could be reported")
    }
  }

  func run() async throws {
    let outputs = try outputFiles()
    let environment = try await CourseResults.find()
    let verifier = ChapterVerifier(environment: environment, options: options)
    let files = try CourseFolder.chapters(named: names, in: course.path)

    if let why {
      try await explain(why, files: files, verifier: verifier)
      return
    }
    guard watch else {
      let report = try await verifyOnce(files: files, verifier: verifier)
      try write(report, to: outputs)
      guard report.held else { throw Failure(.didNotHold) }
      return
    }
    try await verifyAlways(files, verifier: verifier, outputs: outputs)
  }

  /// Verifies now and whenever a chapter is saved, new ones included where all are meant.
  private func verifyAlways(
    _ files: [ChapterFile], verifier: ChapterVerifier, outputs: Outputs
  ) async throws {
    let command = self
    let watcher = ChapterWatcher(paths: names.isEmpty ? [course.path] : files.map(\.path))
    let task = Task {
      try await Rerun.always(watcher) { _ in
        var files = files
        do {
          if command.names.isEmpty {
            files = try CourseFolder.chapters(named: [], in: command.course.path)
          }
          let report = try await command.verifyOnce(files: files, verifier: verifier)
          try command.write(report, to: outputs)
        } catch let error as CourseError {
          Output.note("nibble: \(error)")  // an editor may be about to write the file anew
        }
        Output.note(
          "watching \(files.count) chapter\(files.count == 1 ? "" : "s"); Ctrl-C ends")
      }
    }
    try await Interrupts.cancelling(task)
  }

  private var options: VerifyOptions {
    var options = VerifyOptions()
    if let timeLimit { options.timeLimit = timeLimit }
    if let memoryLimit { options.memoryLimit = memoryLimit }
    if let jobs { options.jobs = jobs }
    options.runsSlowSteps = slow
    options.usesCache = !noCache
    options.course = course.place.courseFolder
    return options
  }

  /// Verifies, rewrites what is accepted and verifies that again; says what was found.
  private func verifyOnce(
    files: [ChapterFile], verifier: ChapterVerifier
  ) async throws -> VerifyReport {
    var parsed = try files.map { try ParsedChapter($0) }
    if accept {
      let found = try await verify(parsed, with: verifier, quietly: true)
      if try acceptChanges(parsed: parsed, results: found) {
        parsed = try files.map { try ParsedChapter($0) }
      }
    }
    let results = try await verify(parsed, with: verifier, quietly: isQuiet)
    var diagnostics: [Diagnostic] = []
    if names.isEmpty, let folder = try? CourseFolder(path: course.path) {
      diagnostics = folder.diagnostics + folder.lint(parsed.map(\.chapter))
    }
    for diagnostic in diagnostics where !isQuiet {
      Output.line("\(diagnostic.path):\(diagnostic.line): \(diagnostic.summary)")
    }
    return VerifyReport(results: results, diagnostics: diagnostics)
  }

  /// Whether standard output belongs to the JSON object.
  private var isQuiet: Bool { json == "-" }

  private func verify(
    _ parsed: [ParsedChapter], with verifier: ChapterVerifier, quietly: Bool
  ) async throws -> [ChapterResult] {
    let chapters = Dictionary(
      parsed.map { ($0.chapter.id, $0.chapter) }, uniquingKeysWith: { first, _ in first })
    // Each is told when those before it are: for a whole course the first lines may take minutes.
    if !quietly, parsed.count >= 8 {
      Output.note(
        "verifying \(parsed.count) chapters, \(options.jobs) at a time; each is told once those before it are"
      )
    }
    let task = Task {
      try await verifier.verify(parsed) { result in
        guard !quietly, let chapter = chapters[result.id] else { return }
        let summary = ChapterSummary(chapter: chapter, result: result)
        Output.line(summary.line)
        for failure in summary.failures { Output.line(failure) }
      }
    }
    return try await Interrupts.cancelling(task)
  }

  /// Rewrites chapters to what was found; true where anything moved.
  private func acceptChanges(parsed: [ParsedChapter], results: [ChapterResult]) throws -> Bool {
    let say = isQuiet ? Output.note : Output.line
    var moved = false
    for (chapter, result) in zip(parsed, results) {
      let acceptance = Acceptance(chapter: chapter.chapter, result: result)
      if let because, !acceptance.changes.isEmpty, !moved { say("because: \(because)") }
      for change in acceptance.changes { say("\(change)") }
      for change in acceptance.refused { say("not rewritten: \(change)") }
      moved = moved || !acceptance.changes.isEmpty
      try Interrupts.uninterrupted { try acceptance.write(to: chapter.chapter.path) }
    }
    return moved
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

  /// The files to write, checked before anything runs; `-` is not one of them.
  private func outputFiles() throws -> Outputs {
    let file = { (path: String?) throws -> OutputFile? in
      guard let path, path != "-" else { return nil }
      return try OutputFile(path, force: force || watch)
    }
    if junit == "-" { throw Failure(.usage, "--junit needs the name of a file, not -") }
    if let json, json == junit {
      throw Failure(.usage, "--json and --junit both name \(json); give each a file of its own")
    }
    return Outputs(json: try file(json), junit: try file(junit))
  }

  private struct Outputs {
    let json: OutputFile?
    let junit: OutputFile?
  }

  private func write(_ report: VerifyReport, to outputs: Outputs) throws {
    if isQuiet { Output.text(report.json()) }
    try outputs.json?.write(Array(report.json().utf8))
    try outputs.junit?.write(Array(report.junit().utf8))
  }
}
