import Course
import StepRecords

/// The claims ledger: every claim of the course, who makes it, and what the numbers say.
struct ClaimsPage {
  private let site: SiteMap
  private let root = "../"

  init(_ site: SiteMap) {
    self.site = site
  }

  /// The template's values.
  func values() -> [String: Template.Value] {
    let claims = site.content.chapters.flatMap { entries(of: $0) }
    return ["claims": .list(claims), "count": .text(String(claims.count))]
  }

  private func entries(of chapter: Chapter) -> [[String: Template.Value]] {
    let renderer = ChapterRenderer(
      chapter: chapter, result: site.content.results[chapter.id], site: site, quotedFrom: root)
    let page = renderer.here
    return BlockWalk.all(chapter.blocks).compactMap { block in
      guard case .claim(let id, let source, let inside) = block.kind else { return nil }
      let verdict = renderer.verdictWords(ofClaim: id)
      let step = renderer.claimStep(id)
      let effects =
        step.map { self.effects(of: renderer.outcomes[chapter.steps[$0].id]) } ?? []
      let anchor = step.map { renderer.stepAnchors[$0] } ?? ChapterRenderer.claimAnchor(id)
      return [
        "id": .text(id),
        "statement": .html(renderer.blocks(statement(inside))),
        "source": .html(source.isEmpty ? "" : renderer.inlines([.citation(source)])),
        "verdict": .text(verdict ?? "not computed yet"),
        "verdictClass": .text(verdict.map { $0.contains(" ") ? "partly" : $0 } ?? "unknown"),
        "address": .text("\(page)#\(LinkDestination.encoded(name: anchor))"),
        "chapterTitle": .text(site.title(of: chapter)),
        "hasEffects": .flag(!effects.isEmpty),
        "effects": .list(effects),
      ]
    }
  }

  /// What states the claim: the quotations before its first step, or, without one, all that is there.
  private func statement(_ inside: [Block]) -> [Block] {
    let opening = Array(
      inside.prefix { block in
        switch block.kind {
        case .step, .predict, .output, .details: false
        default: true
        }
      })
    let quotations = opening.filter { block in
      guard case .quote = block.kind else { return false }
      return true
    }
    return quotations.isEmpty ? opening : quotations
  }

  /// How large the effect is: the values the step shows, else those it checks besides the verdict.
  private func effects(of outcome: StepOutcome?) -> [[String: Template.Value]] {
    guard let outcome else { return [] }
    var effects: [(label: String, value: String)] = []
    for case .shown(let label, let value, let unit) in outcome.results {
      effects.append((label, value.displayText(unit: unit)))
    }
    if effects.isEmpty {
      for judged in outcome.expectations {
        if case .verdict? = judged.value { continue }
        effects.append((judged.expression, StepWords.value(of: judged)))
      }
    }
    return effects.prefix(8).map { effect in
      [
        "label": .text(effect.label),
        "value": .text(ChapterRenderer.oneLine(effect.value, limit: 80)),
      ]
    }
  }
}
