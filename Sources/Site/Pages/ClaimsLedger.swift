import Course
import StepRecords

/// Every claim of a course and what its step found, in reading order.
struct ClaimsLedger {
  /// One claim.
  struct Entry {
    /// Its id.
    let id: String
    /// The id of the source that makes it, possibly empty.
    let source: String
    /// Everything between `claim` and `end`.
    let blocks: [Block]
    /// Draws what it says, as quoted from its chapter.
    let renderer: ChapterRenderer
    /// What the numbers say.
    let verdict: ClaimVerdict

    /// The chapter it is tested in.
    var chapter: Chapter { renderer.chapter }

    /// The step that tests it, else the claim itself, as an address from the page that lists it.
    var address: String {
      let step = renderer.claimStep(id)
      let anchor = step.map { renderer.stepAnchors[$0] } ?? ChapterRenderer.claimAnchor(id)
      return "\(renderer.here)#\(LinkDestination.encoded(name: anchor))"
    }
  }

  /// The claims.
  let entries: [Entry]

  /// The claims as a page lists them whose way to the first page is `root`.
  init(_ site: SiteMap, root: String) {
    entries = site.content.chapters.flatMap { chapter -> [Entry] in
      let claims = BlockWalk.all(chapter.blocks).filter { block in
        if case .claim = block.kind { true } else { false }
      }
      guard !claims.isEmpty else { return [] }
      let renderer = ChapterRenderer(
        chapter: chapter, result: site.content.results[chapter.id], site: site, quotedFrom: root)
      return claims.compactMap { block in
        guard case .claim(let id, let source, let inside) = block.kind else { return nil }
        return Entry(
          id: id, source: source, blocks: inside, renderer: renderer,
          verdict: ClaimVerdict(renderer.conditions(ofClaim: id)))
      }
    }
  }

  /// How many claims ended in each way, ways without any left out.
  var counts: [(kind: ClaimVerdict.Kind, count: Int)] {
    ClaimVerdict.Kind.allCases.compactMap { kind in
      let count = entries.count { $0.verdict.kind == kind }
      return count == 0 ? nil : (kind, count)
    }
  }

  /// The counts as templates list them.
  var countValues: [[String: Template.Value]] {
    counts.map { kind, count in
      [
        "verdict": .text(kind.rawValue), "word": .text(kind.word),
        "verdictCount": .text("\(count)"),
      ]
    }
  }
}

extension ClaimsLedger.Entry {
  /// What states the claim: the quotations before its first step, or, without one, all that is there.
  var statement: [Block] {
    let opening = Array(
      blocks.prefix { block in
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

  /// The statement's words alone.
  var plainStatement: String { PlainText.of(statement) }

  /// How large the effect is: the values the step shows, else those it checks besides the verdict.
  var effects: [(label: String, value: String)] {
    guard let step = renderer.claimStep(id),
      let outcome = renderer.outcomes[chapter.steps[step].id]
    else { return [] }
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
    return effects.prefix(8).map { ($0.label, ChapterRenderer.oneLine($0.value, limit: 80)) }
  }
}
