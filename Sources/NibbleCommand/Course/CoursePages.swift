import Course
import Foundation
import Quantization
import Site

/// A course on its way to pages: read, verified, rendered, written.
///
/// Remembers the chapters it has seen, so that a second rendering verifies only what changed.
actor CoursePages {
  /// What one rendering found and wrote.
  struct Rendering: Sendable {
    /// The chapters there are, and what is wrong with the folder.
    let folder: CourseFolder
    /// The site as it was written.
    let site: RenderedSite
    /// What writing it changed.
    let report: SiteWriteReport
    /// The results there are, in the order of the chapters.
    let results: [ChapterResult]
    /// The chapters that were not remembered.
    let fresh: [ParsedChapter]
    /// Their results.
    let gathered: CourseResults
  }

  private struct Known {
    let parsed: ParsedChapter
    let result: ChapterResult
  }

  private let course: CourseOptions
  private let out: String
  private let environment: VerifyEnvironment
  private var known: [ChapterFile: Known] = [:]

  /// Pages of a course, to be written into a folder.
  init(of course: CourseOptions, out: String) async throws {
    self.course = course
    self.out = out
    environment = try await CourseResults.find()
  }

  /// The folder the theme is in.
  nonisolated func themeFolder() throws -> String {
    try ThemeLocation.find(
      chaptersFolder: course.path, executable: Installation.executable,
      environment: ProcessInfo.processInfo.environment)
  }

  /// Renders the course as it is now; chapters among the changed files are forgotten first.
  func render(changed: Set<String> = []) async throws -> Rendering {
    let folder = try CourseFolder(path: course.path)
    known = known.filter { file, _ in
      !changed.contains(file.path) && folder.chapters.contains(file)
    }
    let fresh = try folder.chapters.filter { known[$0] == nil }
      .map { (file: $0, parsed: try ParsedChapter($0)) }
    let gathered = try await CourseResults.gather(fresh.map(\.parsed), in: environment)
    let found = Dictionary(
      gathered.results.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    for (file, parsed) in fresh {
      if let result = found[file.id] { known[file] = Known(parsed: parsed, result: result) }
    }
    let unknown = Dictionary(
      fresh.map { ($0.file, $0.parsed) }, uniquingKeysWith: { first, _ in first })
    let chapters = folder.chapters.compactMap { known[$0]?.parsed ?? unknown[$0] }
    let results = folder.chapters.compactMap { known[$0]?.result }
    let site = try SiteBuilder(theme: Theme(folder: try themeFolder())).build(
      SiteContent(
        title: CourseOpening.title(ofFolder: course.path),
        opening: CourseOpening(chaptersFolder: course.path, bibliography: folder.bibliography)?
          .reading(as: course.persona),
        chapters: chapters.map { $0.chapter.reading(as: course.persona) },
        results: Dictionary(results.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first }),
        bibliography: folder.bibliography, glossary: folder.glossary,
        methods: LayerMethod.all.map(SiteMethod.init),
        chaptersFolder: course.path))
    return Rendering(
      folder: folder, site: site, report: try write(site), results: results,
      fresh: fresh.map(\.parsed), gathered: gathered)
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

extension SiteMethod {
  /// A row of the engine's table in words.
  init(_ method: LayerMethod) {
    let needs =
      switch method.needs {
      case .nothing: ""
      case .statistics: "sums over inputs"
      case .activations: "inputs, token by token"
      }
    self.init(
      name: method.name, summary: method.summary,
      options: method.options.map { "--" + $0.rawValue }.sorted(), needs: needs,
      bits: method.bitsRule, source: method.source)
  }
}
