public import Course

/// Everything a site is made from: chapters, what happened when they ran, and the bibliography.
///
/// Pages are a pure function of this value and the theme, so a site can be rendered anywhere from
/// results alone, also when some chapters have not run.
public struct SiteContent: Sendable {
  /// The name of the course.
  public var title: String
  /// The chapters in reading order.
  public var chapters: [Chapter]
  /// Results by chapter id; a chapter without one is shown as not run.
  public var results: [String: ChapterResult]
  /// The sources that chapters cite.
  public var bibliography: Bibliography?
  /// The folder that images in chapters are relative to; without it images are shown as their text.
  public var chaptersFolder: String?

  /// Content from its parts.
  public init(
    title: String = "Nibble", chapters: [Chapter], results: [String: ChapterResult] = [:],
    bibliography: Bibliography? = nil, chaptersFolder: String? = nil
  ) {
    self.title = title
    self.chapters = chapters
    self.results = results
    self.bibliography = bibliography
    self.chaptersFolder = chaptersFolder
  }
}
