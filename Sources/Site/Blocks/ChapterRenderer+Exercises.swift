import Course
import StepRecords

extension ChapterRenderer {
  /// An exercise between its rules, its number beside it; the first block is its heading.
  func exercise(_ blocks: [Block], number: Int) -> String {
    var inside = blocks
    var heading = ""
    var label = "Exercise \(number)"
    if case .heading(let level, let anchor, let inlines)? = blocks.first?.kind {
      inside.removeFirst()
      let tag = "h\(min(max(level, 1), 6))"
      label = Inline.plainText(of: inlines)
      heading =
        "<\(tag)\(HTMLText.attribute("id", anchor))><span class=\"exercise-number\">"
        + "\(number)</span> \(self.inlines(inlines)) "
        + "\(anchorLink(to: anchor, name: "Link to exercise \(number)"))</\(tag)>\n"
    }
    return "<section class=\"exercise\"\(HTMLText.attribute("aria-label", label))>\n"
      + "\(heading)\(self.blocks(inside))</section>\n"
  }

  /// A claim: its statement, the step that tests it, and the verdict the numbers gave.
  func claim(id: String, source: String, _ inside: [Block]) -> String {
    let verdict = ClaimVerdict(conditions(ofClaim: id))
    return "<section class=\"claim\"\(HTMLText.attribute("id", Self.claimAnchor(id)))"
      + " aria-label=\"\(HTMLText.escaped("Claim \(id)"))\">\n"
      + "<p class=\"claim-source\">A claim\(claimSource(source)), put to the test</p>\n"
      + "\(blocks(inside))"
      + "<p class=\"verdict\">Verdict: \(verdict.html)</p>\n</section>\n"
  }

  /// What the step of a claim found, condition by condition; nil when it did not run.
  func conditions(ofClaim id: String) -> [VerdictCondition]? {
    let values = claimStep(id).flatMap { outcomes[chapter.steps[$0].id] }?.expectations
    for case .verdict(let conditions)? in (values ?? []).map(\.value).reversed() {
      return conditions
    }
    return nil
  }

  /// The last step that tests a claim: the one whose verdict counts.
  func claimStep(_ id: String) -> Int? {
    chapter.steps.lastIndex { $0.role == .claim(id) }
  }

  private func claimSource(_ id: String) -> String {
    guard !id.isEmpty else { return "" }
    return " from " + inlines([.citation(id)])
  }
}
