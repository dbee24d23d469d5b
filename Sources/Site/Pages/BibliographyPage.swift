import Course

/// The bibliography: every source, and the places that cite it.
struct BibliographyPage {
  private let site: SiteMap
  private let root = "../"

  init(_ site: SiteMap) {
    self.site = site
  }

  /// The template's values.
  func values() -> [String: Template.Value] {
    var places: [String: [Place]] = [:]
    for chapter in site.content.chapters {
      for (id, found) in self.places(in: chapter) { places[id, default: []].append(found) }
    }
    let wrong = Dictionary(
      grouping: (site.content.bibliography?.miscitations ?? []).enumerated(),
      by: \.element.source.id)
    let sorted = (site.content.bibliography?.entries ?? []).sorted {
      (CitationText.sortingKey($0), $0.year ?? 0, $0.id)
        < (CitationText.sortingKey($1), $1.year ?? 0, $1.id)
    }
    let entries = sorted.map { source in
      let misread = (wrong[source.id] ?? []).map { index, _ in
        [
          "wrongAddress": Template.Value.text(
            "\(root)\(SiteMap.claimsPath)#\(MiscitationList.anchor(index))")
        ]
      }
      return SourceEntry.values(of: source).merging([
        "anchor": .text(SiteMap.sourceAnchor(source.id)),
        "chapters": .list((places[source.id] ?? []).map(values)),
        "wrong": .list(misread),
      ]) { _, added in added }
    }
    return [
      "sources": .list(entries),
      "count": .text(Counted.text(entries.count, "source")),
    ]
  }

  /// A chapter that cites a source, and the sections in which it does.
  private struct Place {
    let chapter: Chapter
    var sections: [Section]
  }

  private func values(of place: Place) -> [String: Template.Value] {
    let page = root + SiteMap.address(ofChapter: place.chapter.id)
    return [
      "address": .text(page),
      "number": .text(Contents.number(of: place.chapter)),
      "chapterTitle": .text(site.title(of: place.chapter)),
      "places": .list(
        place.sections.map { section in
          let anchor = LinkDestination.encoded(name: section.anchor)
          return ["section": .text(section.title), "sectionAddress": .text("\(page)#\(anchor)")]
        }),
    ]
  }

  /// The sources a chapter names, in its front matter, its prose and its claims, and where.
  private func places(in chapter: Chapter) -> [String: Place] {
    var places: [String: Place] = [:]
    for id in chapter.frontMatter.sources { places[id] = Place(chapter: chapter, sections: []) }
    for section in Section.sections(of: chapter) {
      for id in Self.cited(in: section.blocks) {
        var place = places[id] ?? Place(chapter: chapter, sections: [])
        // A closing list of sources says only that the chapter has them.
        if !section.anchor.isEmpty, !Section.isListOfSources(section.title) {
          place.sections.append(section)
        }
        places[id] = place
      }
    }
    return places
  }

  /// The sources that blocks cite or test.
  static func cited(in blocks: [Block]) -> Set<String> {
    var ids: Set<String> = []
    for case .citation(let id) in BlockWalk.inlines(of: blocks) { ids.insert(id) }
    for block in BlockWalk.all(blocks) {
      if case .claim(_, let source, _) = block.kind, !source.isEmpty { ids.insert(source) }
    }
    return ids
  }
}

/// A source as templates write it.
enum SourceEntry {
  /// Authors, title, year, venue and address of a source.
  static func values(of source: Source) -> [String: Template.Value] {
    let link = source.link.flatMap { address -> String? in
      guard case .external(let safe) = LinkDestination(address) else { return nil }
      return safe
    }
    let authors = CitationText.authors(source)
    return [
      "authors": .text(authors.isEmpty || authors.hasSuffix(".") ? authors : authors + "."),
      "title": .text(source.title),
      "year": .text(source.year.map(String.init) ?? ""),
      "venue": .text(source.venue ?? ""),
      "link": .text(link ?? ""),
      "linkText": .text(source.url == nil ? source.arXiv.map { "arXiv:\($0)" } ?? "" : link ?? ""),
    ]
  }
}
