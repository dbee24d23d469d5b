import Course
import StepRecords

/// Draws one chapter's blocks as HTML: a pure function of the chapter and what happened when it ran.
struct ChapterRenderer {
  let chapter: Chapter
  let result: ChapterResult?
  let site: SiteMap
  /// From the page that is drawn to the site's first page: `../` or `../../`.
  let root: String
  /// The chapter's own page as seen from the page that is drawn; empty on that page itself.
  let here: String
  /// Outcomes by step id.
  let outcomes: [String: StepOutcome]
  /// The anchor of every step, by index.
  let stepAnchors: [String]
  /// Exercises by the line of their heading.
  let exercises: [Int: ExerciseSpan]
  let numbers: ProvenNumberCheck
  /// The links out of the site, numbered from 1 in the order they are first met: paper's footnotes.
  let footnotes: Footnotes

  /// A renderer for the chapter's own page, or for a quotation of it on a page with another root.
  init(chapter: Chapter, result: ChapterResult?, site: SiteMap, quotedFrom root: String? = nil) {
    self.init(
      chapter: chapter, result: result, site: site,
      root: root ?? SiteMap.root(ofChapter: chapter.id),
      here: root.map { $0 + SiteMap.address(ofChapter: chapter.id) } ?? "")
  }

  /// A renderer for text that stands on a page which is no chapter's: the opening, the glossary.
  init(text: Chapter, site: SiteMap, root: String) {
    self.init(chapter: text, result: nil, site: site, root: root, here: "")
  }

  private init(chapter: Chapter, result: ChapterResult?, site: SiteMap, root: String, here: String)
  {
    self.chapter = chapter
    self.result = result
    self.site = site
    self.root = root
    self.here = here
    footnotes = Footnotes(of: here.isEmpty ? chapter.blocks : [])
    outcomes = Dictionary(
      (result?.steps ?? []).map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    stepAnchors = Self.stepAnchors(of: chapter)
    exercises = ExerciseSpan.spans(in: chapter.blocks, steps: chapter.steps)
    numbers = ProvenNumberCheck(chapter: chapter, outcomes: result?.steps ?? [])
  }

  /// `step-grid` for the step `grid`, and another name where a heading or a claim has that one already.
  static func stepAnchors(of chapter: Chapter) -> [String] {
    var taken: Set<String> = [SiteMap.mainAnchor]
    for block in BlockWalk.all(chapter.blocks) {
      switch block.kind {
      case .heading(_, let anchor, _): taken.insert(anchor)
      case .claim(let id, _, _): taken.insert(claimAnchor(id))
      default: break
      }
    }
    return chapter.steps.map { step in
      let plain = anchor(step.id.hasPrefix("step-") ? step.id : "step-\(step.id)")
      var candidate = plain
      var count = 2
      while !taken.insert(candidate).inserted {
        candidate = "\(plain)-\(count)"
        count += 1
      }
      return candidate
    }
  }

  /// The anchor of a claim on its chapter's page.
  static func claimAnchor(_ id: String) -> String { anchor("claim-\(id)") }

  /// A text as an anchor: white space has no place in one.
  static func anchor(_ text: String) -> String {
    String(text.map { $0.isWhitespace ? "-" : $0 })
  }

  /// The chapter's body, without its first heading when that is the title.
  func body() -> String {
    blocks(Array(chapter.blocks.dropFirst(hasTitleHeading ? 1 : 0)))
  }

  /// The title as the chapter's first heading writes it, or as the front matter does.
  func title() -> String {
    if hasTitleHeading, case .heading(_, _, let inlines)? = chapter.blocks.first?.kind {
      return self.inlines(inlines)
    }
    return HTMLText.escaped(site.title(of: chapter))
  }

  /// The anchor of the first heading, where that is the title; links to it lead to the top.
  var titleAnchor: String {
    guard case .heading(level: 1, let anchor, _)? = chapter.blocks.first?.kind else { return "" }
    return anchor
  }

  private var hasTitleHeading: Bool {
    guard case .heading(level: 1, _, _)? = chapter.blocks.first?.kind else { return false }
    return true
  }

  /// The sections for the contents: anchor and text of every second-level heading.
  static func sections(of chapter: Chapter) -> [(anchor: String, text: String)] {
    chapter.blocks.compactMap { block in
      guard case .heading(level: 2, let anchor, let inlines) = block.kind else { return nil }
      return (anchor, Inline.plainText(of: inlines))
    }
  }
}
