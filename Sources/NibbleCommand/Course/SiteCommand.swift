import ArgumentParser
import Course
import Foundation
import Site

/// `nibble site`: the course as pages.
struct SiteCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "site",
    abstract: "Render the course as a site.",
    discussion: """
      Chapters whose results are known are rendered from them; the others are verified first. Without \
      a Swift compiler, known results still make pages.

      Example: nibble site --out public
      """
  )

  @OptionGroup var course: CourseOptions

  @Option(help: ArgumentHelp("Where the pages go.", valueName: "folder"))
  var out = "site/public"

  @Flag(help: "Check every internal link and anchor as well.")
  var checkLinks = false

  func validate() throws {
    if out.isEmpty { throw ValidationError("--out needs the name of a folder, not \"\"") }
  }

  func run() async throws {
    let environment = ProcessInfo.processInfo.environment
    let folder = try CourseFolder(path: course.path)
    let parsed = try folder.chapters.map { try ParsedChapter($0) }
    let gathered = try await CourseResults.gather(parsed)
    let results = gathered.results
    let theme = try Theme(
      folder: try ThemeLocation.find(
        chaptersFolder: course.path, executable: Installation.executable,
        environment: environment))
    let site = try SiteBuilder(theme: theme).build(
      SiteContent(
        title: CourseOpening.title(ofFolder: course.path),
        opening: CourseOpening(chaptersFolder: course.path, bibliography: folder.bibliography)?
          .reading(as: course.persona),
        chapters: parsed.map { $0.chapter.reading(as: course.persona) },
        results: Dictionary(results.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first }),
        bibliography: folder.bibliography, glossary: folder.glossary,
        chaptersFolder: course.path))
    let report = try write(site)
    Output.line(
      "\(out): \(site.pages.count) pages, \(report.written.count) written, "
        + "\(report.unchanged.count) unchanged")

    for fault in folder.diagnostics {
      Output.note("\(fault.path):\(fault.line): \(fault.summary)")
    }
    let broken = checkLinks ? LinkCheck.diagnostics(of: site) : []
    for link in broken { Output.line("\(link.path):\(link.line): \(link.summary)") }
    let failed = results.filter { !$0.held }
    if !failed.isEmpty {
      Output.note(
        "did not hold, and the pages say so: \(failed.map(\.id).joined(separator: ", ")); "
          + "see nibble verify")
    }
    let isFaulty = folder.diagnostics.contains { $0.severity == .error }
    if isFaulty || !broken.isEmpty || !failed.isEmpty { throw Failure(.didNotHold) }
    try gathered.requireAll()
  }

  private func write(_ site: RenderedSite) throws -> SiteWriteReport {
    try OutputFolder.make(out)
    do {
      return try Interrupts.uninterrupted { try SiteWriter(folder: out).write(site) }
    } catch let error as SiteError {
      // While pages are written, what cannot be read is an image that a chapter shows.
      if case .unreadable = error { throw Failure(.didNotHold, "\(error)") }
      throw error
    }
  }
}

extension Chapter {
  /// The chapter with only what one persona reads; all of it for nil.
  func reading(as persona: String?) -> Chapter {
    guard let persona else { return self }
    return Chapter(
      id: id, path: path, source: source, frontMatter: frontMatter,
      blocks: PersonaFilter.blocks(blocks, for: persona), steps: steps)
  }
}
