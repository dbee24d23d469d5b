public import Course

/// Everything a site is made from: chapters, what happened when they ran, and what stands at the back.
///
/// Pages are a pure function of this value and the theme, so a site can be rendered anywhere from
/// results alone, also when some chapters have not run.
public struct SiteContent: Sendable {
  /// The name of the course, where its opening does not give one.
  public var title: String
  /// What the course says of itself on the first page; nil where it says nothing.
  public var opening: CourseOpening?
  /// The chapters in reading order.
  public var chapters: [Chapter]
  /// Results by chapter id; a chapter without one is shown as not run.
  public var results: [String: ChapterResult]
  /// The sources that chapters cite.
  public var bibliography: Bibliography?
  /// The words of the course.
  public var glossary: Glossary?
  /// The methods that the course's engine knows, as its own table lists them; none for a course without.
  public var methods: [SiteMethod]
  /// The folder that images in chapters are relative to; without it images are shown as their text.
  public var chaptersFolder: String?

  /// Content from its parts.
  public init(
    title: String = "Nibble", opening: CourseOpening? = nil, chapters: [Chapter],
    results: [String: ChapterResult] = [:], bibliography: Bibliography? = nil,
    glossary: Glossary? = nil, methods: [SiteMethod] = [], chaptersFolder: String? = nil
  ) {
    self.title = opening.map(\.title).flatMap { $0.isEmpty ? nil : $0 } ?? title
    self.opening = opening
    self.chapters = chapters
    self.results = results
    self.bibliography = bibliography
    self.glossary = glossary
    self.methods = methods
    self.chaptersFolder = chaptersFolder
  }
}
