import Course

/// The claims ledger: every claim of the course, who makes it, and what the numbers say.
struct ClaimsPage {
  private let site: SiteMap
  private let root = "../"

  init(_ site: SiteMap) {
    self.site = site
  }

  /// The template's values.
  func values() -> [String: Template.Value] {
    let ledger = ClaimsLedger(site, root: root)
    let wrong = MiscitationList(site, root: root)
    return [
      "claims": .list(ledger.entries.map(values)),
      "count": .text(Counted.text(ledger.entries.count, "claim")),
      "verdicts": .list(ledger.countValues),
      "claimSources": .list(sources(of: ledger)),
      "miscitations": .list(wrong.values),
      "hasMiscitations": .flag(!wrong.values.isEmpty),
      "miscitationCount": .text(Counted.text(wrong.values.count, "citation")),
      "bibliography": .text(root + SiteMap.bibliographyPath),
    ]
  }

  private func values(of entry: ClaimsLedger.Entry) -> [String: Template.Value] {
    let named =
      entry.verdict.holdsWhen.map { ($0, true) } + entry.verdict.failsWhen.map { ($0, false) }
    let effects = entry.effects
    return [
      "id": .text(entry.id),
      "anchor": .text(ChapterRenderer.claimAnchor(entry.id)),
      "statement": .html(entry.renderer.blocks(entry.statement)),
      "sourceID": .text(entry.source),
      "source": .html(
        entry.source.isEmpty ? "" : entry.renderer.inlines([.citation(entry.source)])),
      "verdict": .text(entry.verdict.kind.rawValue),
      "word": .text(entry.verdict.kind.word),
      "conditions": .list(
        named.map { name, holds in
          [
            "condition": .text(name), "mark": .text(holds ? "✓" : "✗"),
            "said": .text(holds ? "holds" : "fails"),
          ]
        }),
      "hasConditions": .flag(!named.isEmpty),
      "address": .text(entry.address),
      "chapterTitle": .text(site.title(of: entry.chapter)),
      "chapterNumber": .text(Contents.number(of: entry.chapter)),
      "hasEffects": .flag(!effects.isEmpty),
      "effects": .list(effects.map { ["label": .text($0.label), "value": .text($0.value)] }),
    ]
  }

  /// Who makes the claims, each once, for the filter.
  private func sources(of ledger: ClaimsLedger) -> [[String: Template.Value]] {
    var seen: Set<String> = [""]
    return ledger.entries.map(\.source).filter { seen.insert($0).inserted }.map { id in
      let name = site.content.bibliography?[id].map(CitationText.short) ?? id
      return ["sourceID": .text(id), "sourceName": .text(name)]
    }
  }
}

/// A number and the word for what is counted.
enum Counted {
  /// `1 claim`, `12 claims`.
  static func text(_ count: Int, _ word: String) -> String {
    "\(count) \(word)\(count == 1 ? "" : "s")"
  }
}
