import Course

/// The wrong citations that the bibliography knows, each beside the right one.
struct MiscitationList {
  private let site: SiteMap
  private let root: String
  private let renderer: ChapterRenderer

  /// The wrong citations as a page lists them whose way to the first page is `root`.
  init(_ site: SiteMap, root: String) {
    self.site = site
    self.root = root
    let page = Chapter(
      id: "bibliography", path: "", source: "", frontMatter: FrontMatter(), blocks: [], steps: [])
    renderer = ChapterRenderer(text: page, site: site, root: root)
  }

  /// The anchor of the wrong citation with an index on the ledger.
  static func anchor(_ index: Int) -> String { "citation-\(index + 1)" }

  /// What templates list, in the order of the file.
  var values: [[String: Template.Value]] {
    guard let bibliography = site.content.bibliography else { return [] }
    return bibliography.miscitations.enumerated().map { index, found in
      let differences = found.miscitation.differences(from: found.source, in: bibliography)
      let verdict =
        differences.isEmpty
        ? [found.miscitation.verdict(on: found.source, in: bibliography)]
        : differences.map(\.description)
      return [
        "anchor": .text(Self.anchor(index)),
        "by": .html(renderer.inlines([.citation(found.miscitation.by)])),
        "claim": .html(renderer.inlines(found.miscitation.claim)),
        "correct": .html(renderer.inlines(found.miscitation.correct)),
        "actually": .html(renderer.inlines(found.miscitation.actually)),
        "differences": .list(verdict.map { ["difference": .text($0)] }),
        "entry": .html(renderer.inlines([.citation(found.source.id)])),
        "title": .text(found.source.title),
        "arxiv": .text(found.source.arXiv ?? ""),
      ]
    }
  }
}
