import Course

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
        + "\(number)</span> \(self.inlines(inlines))</\(tag)>\n"
    }
    return "<section class=\"exercise\"\(HTMLText.attribute("aria-label", label))>\n"
      + "\(heading)\(self.blocks(inside))</section>\n"
  }

  /// A claim: its statement, the step that tests it, and the verdict the numbers gave.
  func claim(id: String, source: String, _ inside: [Block]) -> String {
    let verdict = verdictWords(ofClaim: id)
    let name = verdict.map { $0 == "holds" ? "holds" : $0 == "fails" ? "fails" : "partly" }
    return "<section class=\"claim\"\(HTMLText.attribute("id", Self.claimAnchor(id)))"
      + " aria-label=\"\(HTMLText.escaped("Claim \(id)"))\">\n"
      + "<p class=\"claim-source\">A claim\(claimSource(source))</p>\n"
      + "\(blocks(inside))"
      + "<p class=\"verdict\">Verdict: <strong\(HTMLText.attribute("class", name))>"
      + "\(HTMLText.escaped(verdict ?? "not computed yet"))</strong></p>\n</section>\n"
  }

  /// The verdict of a claim, as its step computed it; nil when it did not run.
  func verdictWords(ofClaim id: String) -> String? {
    claimStep(id).flatMap { StepWords.verdict(of: outcomes[chapter.steps[$0].id]) }
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
