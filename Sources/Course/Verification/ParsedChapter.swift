/// A chapter and what was said of it when it was read.
public struct ParsedChapter: Sendable {
  /// The chapter.
  public var chapter: Chapter
  /// What the parser said, in line order.
  public var diagnostics: [Diagnostic]

  /// A chapter as the parser left it.
  public init(chapter: Chapter, diagnostics: [Diagnostic]) {
    self.chapter = chapter
    self.diagnostics = diagnostics
  }

  /// Reads a chapter's file.
  ///
  /// - Parameter file: The file.
  /// - Throws: `CourseError` when it cannot be read.
  public init(_ file: ChapterFile) throws(CourseError) {
    let (chapter, diagnostics) = try file.parse()
    self.init(chapter: chapter, diagnostics: diagnostics)
  }
}
