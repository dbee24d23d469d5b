import Course
import StepRecords

extension ChapterRenderer {
  /// A step: its code with the values at the right of their lines, then what it left to see.
  func step(_ index: Int, expectedOutput: String?) -> String {
    guard chapter.steps.indices.contains(index) else { return "" }
    let step = chapter.steps[index]
    let outcome = outcomes[step.id]
    let inside =
      label(of: step) + listing(of: index, outcome: outcome) + stepLink(index)
      + ending(of: step, outcome: outcome)
      + results(of: outcome, expectedOutput: expectedOutput)
    let state = outcome?.outcome.rawValue ?? "not-run"
    let attributes =
      HTMLText.attribute("class", "step" + (step.role == .plain ? "" : " variant"))
      + HTMLText.attribute("id", stepAnchors[index])
      + HTMLText.attribute("data-outcome", state)
    guard step.isFolded else { return "<div\(attributes)>\n\(inside)</div>\n" }
    return "<details\(attributes)>\n<summary>Step <code>\(HTMLText.escaped(step.id))</code>"
      + "</summary>\n<div class=\"folded\">\n\(inside)</div>\n</details>\n"
  }

  private func label(of step: Step) -> String {
    guard let role = StepWords.role(of: step) else { return "" }
    return "<p class=\"role\">\(HTMLText.escaped(role))</p>\n"
  }

  /// The anchor of a judged line: numbers in prose lead to the very line that computed them.
  func valueAnchor(of judged: JudgedExpectation, inStep step: Int) -> String {
    "\(stepAnchors[step]).line\(judged.line - chapter.steps[step].codeLine + 1)"
  }

  /// The step's own address; variants stand inside an exercise, which has one.
  private func stepLink(_ index: Int) -> String {
    switch chapter.steps[index].role {
    case .plain, .claim, .rejects, .traps:
      anchorLink(to: stepAnchors[index], name: "Link to \(label(ofStep: index))") + "\n"
    case .stub, .check, .solution, .wrong: ""
    }
  }

  /// `step grid`, or `step 2` where nobody named it.
  private func label(ofStep index: Int) -> String {
    let id = chapter.steps[index].id
    return "step " + (id.hasPrefix("step-") ? String(id.dropFirst(5)) : id)
  }

  private func listing(of index: Int, outcome: StepOutcome?) -> String {
    let step = chapter.steps[index]
    let judged = Dictionary(
      (outcome?.expectations ?? []).map { ($0.line - step.codeLine, $0) },
      uniquingKeysWith: { first, _ in first })
    let lines = CodeMarkup.lines(ofSwift: step.code).enumerated().map { number, line in
      guard let value = judged[number] else { return "<span class=\"line\">\(line)\n</span>" }
      let anchor = HTMLText.attribute("id", valueAnchor(of: value, inStep: index))
      return "<span class=\"line\"\(anchor)>\(line)\(self.value(value))\n</span>"
    }
    return "<pre class=\"listing\" tabindex=\"0\"><code class=\"language-swift\">\(lines.joined())"
      + "</code></pre>\n"
  }

  /// The value beside its line: a tick or a cross, the value, and what was expected instead.
  private func value(_ judged: JudgedExpectation) -> String {
    let shown = Self.oneLine(StepWords.value(of: judged), limit: 400)
    var full = "\(judged.expression) is \(judged.value?.text ?? judged.actual)"
    if let used = judged.toleranceUsed {
      full += ", \(Int((min(max(used, 0), 1000) * 100).rounded())) % of its tolerance used"
    }
    let title = HTMLText.attribute("title", Self.oneLine(full, limit: 2000))
    if judged.held {
      return "<span class=\"value held\"\(title)><span class=\"mark\" role=\"img\""
        + " aria-label=\"held\">✓</span> \(HTMLText.escaped(shown))</span>"
    }
    let found = shown.isEmpty ? "no value" : shown
    let expected = Self.oneLine(judged.expected, limit: 400)
    return "<span class=\"value failed\"\(title)><span class=\"mark\" role=\"img\""
      + " aria-label=\"did not hold\">✗</span> \(HTMLText.escaped(found)) "
      + "<span class=\"expected\">expected \(HTMLText.escaped(expected))</span></span>"
  }

  private func ending(of step: Step, outcome: StepOutcome?) -> String {
    var result = ""
    if let words = StepWords.ending(of: step, outcome: outcome?.outcome) {
      let name = StepWords.isFailure(outcome?.outcome) ? "ending failure" : "ending"
      result += "<p class=\"\(name)\">\(HTMLText.escaped(words))</p>\n"
    }
    let diagnostics = StepWords.diagnostics(of: step, in: self.result?.diagnostics ?? [])
    return result + self.diagnostics(diagnostics)
  }

  /// Diagnostics as a list: the line, what is wrong, and the notes folded under it.
  func diagnostics(_ diagnostics: [Diagnostic]) -> String {
    guard !diagnostics.isEmpty else { return "" }
    let items = diagnostics.map { diagnostic in
      let notes =
        diagnostic.notes.isEmpty
        ? ""
        : "\n<pre class=\"notes\">"
          + "\(HTMLText.escaped(diagnostic.notes.joined(separator: "\n")))</pre>"
      let place = HTMLText.escaped("\(diagnostic.path):\(diagnostic.line)")
      return "<li><span class=\"place\">\(place)</span> "
        + "\(diagnostic.severity == .error ? "" : "warning: ")"
        + "\(HTMLText.escaped(diagnostic.summary))\(notes)</li>\n"
    }
    return "<ul class=\"diagnostics\">\n\(items.joined())</ul>\n"
  }

  /// A text without line ends and not longer than `limit` characters.
  static func oneLine(_ text: String, limit: Int) -> String {
    let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
    return line.count <= limit ? line : line.prefix(limit - 1) + "…"
  }
}
