import Course

/// What the first page shows: the promise, and the parts with their chapters.
struct HomePage {
  private let site: SiteMap

  init(_ site: SiteMap) {
    self.site = site
  }

  /// The promise in a sentence, for search engines and link previews.
  static let promise = "A course that runs, and proves, every number it prints."

  /// The template's values.
  func values() -> [String: Template.Value] {
    let content = site.content
    let total = content.chapters.reduce(0) { $0 + max(0, $1.frontMatter.minutes) }
    return [
      "siteTitle": .text(content.title),
      "isEmpty": .flag(content.chapters.isEmpty),
      "first": .text(content.chapters.first.map { SiteMap.address(ofChapter: $0.id) } ?? ""),
      "minutes": .text(Contents.minutes(total)),
      "proof": .text(proof),
      "claims": .text(SiteMap.claimsPath),
      "bibliography": .text(SiteMap.bibliographyPath),
      "parts": .list(
        Contents.parts(of: site, root: "") { chapter in
          ["state": .text(self.state(of: chapter))]
        }),
    ]
  }

  /// What running the chapters showed, in a sentence.
  private var proof: String {
    let results = site.content.chapters.compactMap { site.content.results[$0.id] }
    guard !results.isEmpty else { return "" }
    let judged = results.flatMap { $0.steps.flatMap(\.expectations) }
    let held = judged.count(where: \.held)
    return held == judged.count
      ? "\(judged.count) values were computed to make these pages, and every one is what the text says."
      : "\(held) of the \(judged.count) values computed for these pages are what the text says."
  }

  private func state(of chapter: Chapter) -> String {
    guard let result = site.content.results[chapter.id] else { return "not run yet" }
    return result.held ? "" : "does not hold"
  }
}
