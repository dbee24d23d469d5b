import Course

/// The bibliography: every source, and the chapters that cite it.
struct BibliographyPage {
  private let site: SiteMap

  init(_ site: SiteMap) {
    self.site = site
  }

  /// The template's values.
  func values() -> [String: Template.Value] {
    var citing: [String: [Chapter]] = [:]
    for chapter in site.content.chapters {
      for id in cited(by: chapter) { citing[id, default: []].append(chapter) }
    }
    let entries = (site.content.bibliography?.entries ?? []).map { source in
      values(of: source, citedBy: citing[source.id] ?? [])
    }
    return ["sources": .list(entries)]
  }

  private func values(of source: Source, citedBy chapters: [Chapter]) -> [String: Template.Value] {
    let link = source.link.flatMap { address -> String? in
      guard case .external(let safe) = LinkDestination(address) else { return nil }
      return safe
    }
    return [
      "anchor": .text(SiteMap.sourceAnchor(source.id)),
      "authors": .text(CitationText.authors(source)),
      "title": .text(source.title),
      "year": .text(source.year.map(String.init) ?? ""),
      "venue": .text(source.venue ?? ""),
      "link": .text(link ?? ""),
      "chapters": .list(
        chapters.map { chapter in
          [
            "address": .text("../" + SiteMap.address(ofChapter: chapter.id)),
            "chapterTitle": .text(site.title(of: chapter)),
          ]
        }),
    ]
  }

  /// The sources a chapter names: in its front matter, its prose and its claims.
  private func cited(by chapter: Chapter) -> Set<String> {
    var ids = Set(chapter.frontMatter.sources)
    for case .citation(let id) in BlockWalk.inlines(of: chapter.blocks) { ids.insert(id) }
    for block in BlockWalk.all(chapter.blocks) {
      if case .claim(_, let source, _) = block.kind { ids.insert(source) }
    }
    return ids
  }
}
