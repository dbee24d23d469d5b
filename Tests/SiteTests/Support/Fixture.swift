import Course
import Foundation
import Site
import StepRecords
import Testing

/// Chapters for tests: parsed from Markdown, judged against values that the test states.
enum Fixture {
  /// A chapter from its body, with a small front matter before it.
  static func chapter(
    _ body: String, id: String = "01-grid", title: String = "The grid"
  ) -> Chapter {
    let text = """
      ---
      title: \(title)
      part: The first part
      question: What does it cost?
      minutes: 12
      needs: []
      sources: [jacob2018]
      ---

      \(body)
      """
    let parser = ChapterParser(text: text, id: id, path: "Chapters/\(id).md")
    return parser.parse().chapter
  }

  /// What happened when a chapter ran: each expectation judged against the value of its expression.
  ///
  /// A step with an expectation that does not hold, or without a value, did not hold; steps named in
  /// `endings` ended that way.
  static func result(
    _ chapter: Chapter, _ values: [String: RecordedValue] = [:],
    left: [String: [StepResult]] = [:], endings: [String: StepOutcome.Outcome] = [:],
    diagnostics: [Diagnostic] = []
  ) -> ChapterResult {
    let steps = chapter.steps.map { step in
      let judged = step.expectations.compactMap { expectation -> JudgedExpectation? in
        guard let value = values[expectation.expression] else { return nil }
        let judgement = expectation.expected.judge(value)
        return JudgedExpectation(
          line: expectation.line, expression: expectation.expression,
          expected: expectation.written, actual: judgement.actual, value: value,
          held: judgement.held, toleranceUsed: judgement.toleranceUsed)
      }
      let holds = judged.allSatisfy(\.held)
      return StepOutcome(
        id: step.id, line: step.line,
        outcome: endings[step.id] ?? (holds ? .held : .didNotHold), expectations: judged,
        output: step.expectedOutput?.text ?? "", results: left[step.id] ?? [])
    }
    return ChapterResult(
      id: chapter.id, held: steps.allSatisfy { $0.outcome == .held }, seconds: 0.5,
      isCached: false, steps: steps, diagnostics: diagnostics)
  }

  /// The theme that is published.
  static func theme() throws -> Theme { try Theme(folder: themeFolder) }

  static var themeFolder: String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("site").path
  }

  /// A site of these chapters.
  static func site(
    _ chapters: [Chapter], results: [ChapterResult] = [], bibliography: Bibliography? = nil,
    glossary: Glossary? = nil, opening: CourseOpening? = nil, methods: [SiteMethod] = []
  ) throws -> RenderedSite {
    let byID = Dictionary(results.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    return try SiteBuilder(theme: theme()).build(
      SiteContent(
        opening: opening, chapters: chapters, results: byID, bibliography: bibliography,
        glossary: glossary, methods: methods))
  }

  /// A file beside the pages, as text.
  static func text(_ site: RenderedSite, _ path: String) throws -> String {
    let asset = try #require(site.assets.first { $0.path == path })
    guard case .bytes(let bytes) = asset.content else { return "" }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// What stands inside `<main>` of a page.
  static func main(_ site: RenderedSite, _ path: String) throws -> String {
    let page = try #require(site.pages.first { $0.path == path })
    let start = try #require(page.html.range(of: "<main id=\"_main\">\n"))
    let end = try #require(page.html.range(of: "</main>", options: .backwards))
    return String(page.html[start.upperBound..<end.lowerBound])
  }

  /// A folder that is gone after `body`.
  static func inTemporaryFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("nibble-site-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder.path)
  }
}

/// Writes a text file.
func write(_ text: String, to path: String) throws {
  try Data(text.utf8).write(to: URL(fileURLWithPath: path))
}
