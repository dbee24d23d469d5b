public import Course
import Foundation
public import Testing

/// The promise of the course, by law: every chapter in `Chapters/` holds, one test a file.
///
/// The same code path as `nibble verify`, against the engine this very build made.
@Suite("Chapters hold")
struct ChapterTests {
  /// The package's own folder.
  static let package: URL = {
    var url = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { url.deleteLastPathComponent() }
    return url
  }()

  static let chapters: [ChapterFile] =
    (try? CourseFolder(path: package.appendingPathComponent("Chapters").path).chapters) ?? []

  /// One for all chapters: it lets as many run at once as there are cores, and their time limit is not spent in
  /// waiting for each other.
  private static let verifier = Task { () async throws -> ChapterVerifier in
    let executable =
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    let environment = await VerifyEnvironment.find(
      executable: executable, environment: ProcessInfo.processInfo.environment)
    if let missing = environment.missing { throw missing }
    var options = VerifyOptions()
    options.usesCache = false
    return ChapterVerifier(environment: environment, options: options)
  }

  @Test("there are chapters, and the folder says nothing against them")
  func folder() throws {
    let folder = try CourseFolder(path: Self.package.appendingPathComponent("Chapters").path)
    #expect(folder.chapters.count >= 3)
    let parsed = try folder.chapters.map { try ParsedChapter($0).chapter }
    let words = (folder.diagnostics + folder.lint(parsed)).map {
      "\($0.path):\($0.line): \($0.summary)"
    }
    #expect(words == [])
  }

  @Test("every step holds and every number is proven", arguments: chapters)
  func holds(file: ChapterFile) async throws {
    let verifier = try await Self.verifier.value
    let chapter = try ParsedChapter(file)
    let result = try await verifier.verify(chapter)
    let failures = ChapterSummary(chapter: chapter.chapter, result: result).failures
    // Values of their own: an expectation tells all that it looks at, and a chapter's result is a book.
    let (held, count, steps) = (result.held, result.steps.count, chapter.chapter.steps.count)
    #expect(held, "\(file.id): \(failures.joined(separator: "\n"))")
    #expect(count == steps)
  }
}

/// In a test's name a chapter is its id, not all that was read of it.
extension ChapterFile: CustomTestStringConvertible {
  /// Its id.
  public var testDescription: String { id }
}
