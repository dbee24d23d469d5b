import Course

/// The glossary: every term, what it means, and the chapters that teach and use it.
struct GlossaryPage {
  private let site: SiteMap
  private let root = "../"

  init(_ site: SiteMap) {
    self.site = site
  }

  /// The template's values.
  func values() -> [String: Template.Value] {
    guard let glossary = site.content.glossary else { return ["terms": .list([])] }
    let renderer = Self.renderer(of: glossary, site: site, root: root)
    let texts = site.content.chapters.map { (chapter: $0, words: Self.words(of: $0)) }
    return [
      "heading": .text(glossary.title.isEmpty ? "Glossary" : glossary.title),
      "introduction": .html(renderer.blocks(glossary.introduction)),
      "count": .text(Counted.text(glossary.entries.count, "term")),
      "terms": .list(
        glossary.entries.map { entry in
          let using = texts.filter { Self.uses($0.words, entry) }.map(\.chapter)
          return [
            "anchor": .text(entry.anchor),
            "link": .text("#" + LinkDestination.encoded(name: entry.anchor)),
            "term": .html(renderer.inlines(entry.name)),
            "meaning": .html(renderer.blocks(entry.blocks)),
            "hasChapters": .flag(!using.isEmpty),
            "several": .flag(using.count > 1),
            "chapters": .list(
              using.enumerated().map { index, chapter in
                link(to: chapter, isLast: index + 1 == using.count)
              }),
          ]
        }),
    ]
  }

  /// Draws the glossary's own text.
  static func renderer(of glossary: Glossary, site: SiteMap, root: String) -> ChapterRenderer {
    let page = Chapter(
      id: "glossary", path: glossary.path, source: "", frontMatter: FrontMatter(),
      blocks: glossary.introduction + glossary.entries.flatMap(\.blocks), steps: [])
    return ChapterRenderer(text: page, site: site, root: root)
  }

  private func link(to chapter: Chapter, isLast: Bool) -> [String: Template.Value] {
    let number = Contents.number(of: chapter)
    return [
      "address": .text(root + SiteMap.address(ofChapter: chapter.id)),
      "name": .text(number.isEmpty ? site.title(of: chapter) : number),
      "title": .text(site.title(of: chapter)),
      "comma": .flag(!isLast),
    ]
  }

  /// A chapter's prose as words between single spaces, so that whole words can be found in it.
  private static func words(of chapter: Chapter) -> String {
    spaced(PlainText.of(chapter.blocks))
  }

  private static func spaced(_ text: String) -> String {
    " " + text.lowercased().split { !$0.isLetter && !$0.isNumber }.joined(separator: " ") + " "
  }

  /// Whether a chapter has the term, its plural, or another name for it.
  private static func uses(_ words: String, _ entry: Glossary.Entry) -> Bool {
    ([entry.term] + entry.synonyms).contains { name in
      let wanted = spaced(name)
      guard wanted.count > 3 else { return false }
      return words.contains(wanted) || words.contains(wanted.dropLast() + "s ")
    }
  }
}
