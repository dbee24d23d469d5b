import Course

/// What a chapter's page shows around its body.
struct ChapterPage {
  private let chapter: Chapter
  private let renderer: ChapterRenderer
  private let site: SiteMap
  private let index: Int

  init(index: Int, site: SiteMap) {
    self.index = index
    self.site = site
    chapter = site.content.chapters[index]
    renderer = ChapterRenderer(
      chapter: chapter, result: site.content.results[chapter.id], site: site)
  }

  /// The template's values.
  func values() -> [String: Template.Value] {
    let front = chapter.frontMatter
    let chapters = site.content.chapters
    return [
      "part": .text(front.part),
      "number": .text(Contents.number(of: chapter)),
      "minutes": .text(Contents.minutes(front.minutes)),
      "chapterTitle": .html(renderer.title()),
      "titleAnchor": .text(renderer.titleAnchor),
      "question": .text(front.question),
      "hasNeeds": .flag(!needs.isEmpty),
      "needs": .list(needs),
      "summary": .text(StepWords.summary(of: chapter, result: renderer.result)),
      "state": .text(state),
      "diagnostics": .html(renderer.diagnostics(unplacedDiagnostics)),
      "body": .html(renderer.body()),
      "values": .text(provenValues),
      "sources": .list(uncited),
      "references": .list(references),
      "footnotes": .list(renderer.footnotes.values),
      "hasNotes": .flag(!references.isEmpty || !renderer.footnotes.addresses.isEmpty),
      "turns": .flag(chapters.count > 1),
      "previous": .list(index > 0 ? [link(to: chapters[index - 1])] : []),
      "next": .list(index + 1 < chapters.count ? [link(to: chapters[index + 1])] : []),
    ]
  }

  /// How many values the chapter proves, in words.
  private var provenValues: String {
    let held = renderer.result?.heldCount ?? 0
    return held == 0 ? "" : "\(Counted.text(held, "value")) proven"
  }

  /// The sources that only the front matter names.
  private var uncited: [[String: Template.Value]] {
    let cited = BibliographyPage.cited(in: chapter.blocks)
    return chapter.frontMatter.sources.filter { !cited.contains($0) }.map { id in
      ["source": .html(renderer.inlines([.citation(id)]))]
    }
  }

  /// Every source of the chapter in full, for paper, where a citation cannot be followed.
  private var references: [[String: Template.Value]] {
    let cited = BibliographyPage.cited(in: chapter.blocks).union(chapter.frontMatter.sources)
    let sources = cited.sorted().compactMap { site.content.bibliography?[$0] }
    return sources.map { source in
      let entry = SourceEntry.values(of: source)
      return entry.merging(["cited": .text(CitationText.short(source))]) { _, added in added }
    }
  }

  private var state: String {
    guard let result = renderer.result else { return "not-run" }
    return result.held ? "held" : "failed"
  }

  private var needs: [[String: Template.Value]] {
    let links = chapter.frontMatter.needs.compactMap { id in
      site.content.chapters.first { $0.id == id }.map(link)
    }
    return links.enumerated().map { place, link in
      link.merging(["separator": .text(place + 1 < links.count ? ", " : "")]) { $1 }
    }
  }

  private func link(to other: Chapter) -> [String: Template.Value] {
    [
      "address": .text(renderer.root + SiteMap.address(ofChapter: other.id)),
      "title": .text(site.title(of: other)),
      "number": .text(Contents.number(of: other)),
    ]
  }

  /// Diagnostics that no step shows: of the front matter and of prose.
  private var unplacedDiagnostics: [Diagnostic] {
    let all = renderer.result?.diagnostics ?? []
    let placed = chapter.steps.flatMap { StepWords.diagnostics(of: $0, in: all) }
    let shown = Set(placed)
    return all.filter { !shown.contains($0) }
  }
}
