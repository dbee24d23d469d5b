import ArgumentParser
import Course
import Site

/// `nibble site`: the course as pages.
struct SiteCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "site",
    abstract: "Render the course as a site.",
    discussion: """
      Chapters whose results are known are rendered from them; the others are verified first. Without \
      a Swift compiler, known results still make pages.

      With --serve, open pages load again by themselves when you save a chapter or a theme file; a change \
      of words alone shows in a blink. Ctrl-C ends.

      Example: nibble site --out public
      """
  )

  @OptionGroup var course: CourseOptions

  @Option(help: ArgumentHelp("Where the pages go.", valueName: "folder"))
  var out = "site/public"

  @Flag(help: "Check every internal link and anchor as well.")
  var checkLinks = false

  @Flag(help: "Show the pages at an address of this machine; render again when a file changes.")
  var serve = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "With --serve: listen here, or at any free port for 0 (default: the first free one from 8000).",
      valueName: "number"))
  var port: Int?

  func validate() throws {
    if out.isEmpty { throw ValidationError("--out needs the name of a folder, not \"\"") }
    if port != nil, !serve { throw ValidationError("--port goes with --serve") }
    if let port, UInt16(exactly: port) == nil {
      throw ValidationError("--port must be 0 to 65535, not \(port)")
    }
    if serve, checkLinks {
      throw ValidationError("--check-links checks once, and --serve renders again and again")
    }
  }

  func run() async throws {
    if serve {
      try await SiteServing(course: course, out: out, port: port).run()
      return
    }
    let rendering = try await CoursePages(of: course, out: out).render()
    Output.line(rendering.report.line(for: out, pages: rendering.site.pages.count))
    for fault in rendering.folder.diagnostics {
      Output.note("\(fault.path):\(fault.line): \(fault.summary)")
    }
    let broken = checkLinks ? LinkCheck.diagnostics(of: rendering.site) : []
    for link in broken { Output.line("\(link.path):\(link.line): \(link.summary)") }
    let failed = rendering.results.filter { !$0.held }
    if !failed.isEmpty {
      Output.note(
        "did not hold, and the pages say so: \(failed.map(\.id).joined(separator: ", ")); "
          + "see nibble verify")
    }
    let isFaulty = rendering.folder.diagnostics.contains { $0.severity == .error }
    if isFaulty || !broken.isEmpty || !failed.isEmpty { throw Failure(.didNotHold) }
    try rendering.gathered.requireAll()
  }
}

extension SiteWriteReport {
  /// How many pages there are and what writing them changed, for people.
  func line(for folder: String, pages: Int) -> String {
    "\(folder): \(pages) pages, \(written.count) written, \(unchanged.count) unchanged"
  }
}
