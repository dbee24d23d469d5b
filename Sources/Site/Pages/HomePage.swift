import Course

/// What the first page shows: the promise, a proven example, where to start, the parts, the verdicts.
struct HomePage {
  private let site: SiteMap

  init(_ site: SiteMap) {
    self.site = site
  }

  /// The promise in a sentence, for search engines and link previews.
  static func promise(of content: SiteContent) -> String {
    let own = Inline.plainText(of: content.opening?.promise ?? [])
    return own.isEmpty ? "A course that runs, and proves, every number it prints." : own
  }

  /// The template's values.
  func values() -> [String: Template.Value] {
    let content = site.content
    let total = content.chapters.reduce(0) { $0 + max(0, $1.frontMatter.minutes) }
    let ledger = ClaimsLedger(site, root: "")
    let example = HomeExample(content)
    let renderer = content.opening.map { ChapterRenderer(text: $0.text, site: site, root: "") }
    return [
      "siteTitle": .text(content.title),
      "promise": .html(
        renderer.map { $0.inlines(content.opening?.promise ?? []) }.flatMap {
          $0.isEmpty ? nil : $0
        } ?? HTMLText.escaped(Self.promise(of: content))),
      "opening": .html(renderer?.blocks(content.opening?.body ?? []) ?? ""),
      "isEmpty": .flag(content.chapters.isEmpty),
      "first": .text(content.chapters.first.map { SiteMap.address(ofChapter: $0.id) } ?? ""),
      "firstTitle": .text(content.chapters.first.map(site.title) ?? ""),
      "example": .list(example.map { [self.values(of: $0)] } ?? []),
      "proof": .text(proof),
      "figures": .list(figures(minutes: total)),
      "claimCount": .text(
        ledger.entries.isEmpty ? "" : Counted.text(ledger.entries.count, "claim")),
      "verdicts": .list(ledger.countValues),
      "samples": .list(samples(of: ledger)),
      "starts": .list(starts(renderer)),
      "hasStarts": .flag(content.opening?.starts.isEmpty == false),
      "parts": .list(
        Contents.parts(of: site, root: "") { chapter in
          ["state": .text(self.state(of: chapter)), "values": .text(self.values(in: chapter))]
        }),
      "claims": .text(site.has(.claims) ? SiteMap.claimsPath : ""),
      "methods": .text(site.has(.methods) ? SiteMap.methodsPath : ""),
      "methodCount": .text(Counted.text(content.methods.count, "method")),
      "glossary": .text(site.has(.glossary) ? SiteMap.glossaryPath : ""),
      "bibliography": .text(site.has(.bibliography) ? SiteMap.bibliographyPath : ""),
      "hasBack": .flag(SiteMap.BackPage.allCases.contains(where: site.has)),
      "termCount": .text(Counted.text(content.glossary?.entries.count ?? 0, "term")),
      "sourceCount": .text(Counted.text(content.bibliography?.entries.count ?? 0, "source")),
    ]
  }

  private func values(of example: HomeExample) -> [String: Template.Value] {
    let renderer = ChapterRenderer(
      chapter: example.chapter, result: site.content.results[example.chapter.id], site: site,
      quotedFrom: "")
    let anchor = LinkDestination.encoded(name: renderer.stepAnchors[example.step])
    return [
      "exampleBody": .html(renderer.blocks(example.blocks)),
      "exampleAddress": .text("\(renderer.here)#\(anchor)"),
      "exampleTitle": .text(site.title(of: example.chapter)),
      "exampleNumber": .text(Contents.number(of: example.chapter)),
    ]
  }

  /// The first claim that ended in each way, the most telling way first: what the ledger is like.
  private func samples(of ledger: ClaimsLedger) -> [[String: Template.Value]] {
    let kinds: [ClaimVerdict.Kind] = [.fails, .partly, .holds]
    return kinds.compactMap { kind in ledger.entries.first { $0.verdict.kind == kind } }.map {
      entry in
      [
        "statement": .html(entry.renderer.blocks(entry.statement)),
        "source": .html(
          entry.source.isEmpty ? "" : entry.renderer.inlines([.citation(entry.source)])),
        "verdict": .text(entry.verdict.kind.rawValue),
        "word": .text(entry.verdict.kind.word),
        "conditions": .text(
          entry.verdict.kind == .partly ? Self.sentence(entry.verdict.words) : ""),
        "address": .text(entry.address),
        "chapterTitle": .text(site.title(of: entry.chapter)),
      ]
    }
  }

  private static func sentence(_ text: String) -> String {
    (text.first?.uppercased() ?? "") + text.dropFirst()
  }

  /// Where each kind of reader starts, as the course says it.
  private func starts(_ renderer: ChapterRenderer?) -> [[String: Template.Value]] {
    guard let renderer else { return [] }
    return (site.content.opening?.starts ?? []).map { start in
      let names = start.personas.map { Persona(rawValue: $0)?.name ?? $0 }
      return [
        "personas": .text(start.personas.joined(separator: " ")),
        "reader": .text(names.joined(separator: ", ")),
        "start": .html(renderer.blocks(start.blocks)),
      ]
    }
  }

  /// What running the chapters showed, in a sentence.
  private var proof: String {
    let judged = site.content.judged
    guard !judged.isEmpty else { return "" }
    let held = judged.count(where: \.held)
    return held == judged.count
      ? "\(judged.count) values were computed to make these pages, and every one is what the text says."
      : "\(held) of the \(judged.count) values computed for these pages are what the text says."
  }

  /// The course in numbers; what it has none of is left out.
  private func figures(minutes: Int) -> [[String: Template.Value]] {
    let content = site.content
    let exercises = content.chapters.reduce(0) { sum, chapter in
      sum + ExerciseSpan.spans(in: chapter.blocks, steps: chapter.steps).count
    }
    let steps = content.chapters.reduce(0) { $0 + $1.steps.count }
    let figures = [
      (content.judged.count(where: \.held), "value proven", "values proven"),
      (steps, "step of code", "steps of code"), (exercises, "exercise", "exercises"),
      (minutes, "minute to read", "minutes to read"),
    ]
    return figures.filter { $0.0 > 0 }.map { count, one, many in
      ["figure": .text(String(count)), "what": .text(count == 1 ? one : many)]
    }
  }

  private func values(in chapter: Chapter) -> String {
    let held = site.content.results[chapter.id]?.heldCount ?? 0
    return held == 0 ? "" : "\(Counted.text(held, "value")) proven"
  }

  private func state(of chapter: Chapter) -> String {
    guard let result = site.content.results[chapter.id] else { return "not run yet" }
    return result.held ? "" : "does not hold"
  }
}

extension SiteContent {
  /// Everything that was judged when the chapters ran.
  var judged: [JudgedExpectation] {
    chapters.compactMap { results[$0.id] }.flatMap { $0.steps.flatMap(\.expectations) }
  }
}

extension ChapterResult {
  /// How many values are what the text says.
  var heldCount: Int {
    steps.reduce(0) { $0 + $1.expectations.count(where: \.held) }
  }
}
