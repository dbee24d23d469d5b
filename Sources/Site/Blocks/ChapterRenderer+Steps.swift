import Course
import StepRecords

extension ChapterRenderer {
  /// A step: its code with the values at the right of their lines, then what it left to see.
  func step(_ index: Int, expectedOutput: String?) -> String {
    guard chapter.steps.indices.contains(index) else { return "" }
    let step = chapter.steps[index]
    let outcome = outcomes[step.id]
    let inside =
      label(of: step) + listing(of: step, outcome: outcome)
      + ending(of: step, outcome: outcome)
      + results(of: outcome, expectedOutput: expectedOutput)
    let state = outcome?.outcome.rawValue ?? "not-run"
    let attributes =
      HTMLText.attribute("class", "step" + (step.role == .plain ? "" : " variant"))
      + HTMLText.attribute("id", stepAnchors[index])
      + HTMLText.attribute("data-outcome", state)
    guard step.isFolded else { return "<div\(attributes)>\n\(inside)</div>\n" }
    return "<details\(attributes)>\n<summary>Step <code>\(HTMLText.escaped(step.id))</code>"
      + "</summary>\n\(inside)</details>\n"
  }

  private func label(of step: Step) -> String {
    guard let role = StepWords.role(of: step) else { return "" }
    return "<p class=\"role\">\(HTMLText.escaped(role))</p>\n"
  }

  private func listing(of step: Step, outcome: StepOutcome?) -> String {
    let judged = Dictionary(
      (outcome?.expectations ?? []).map { ($0.line - step.codeLine, $0) },
      uniquingKeysWith: { first, _ in first })
    let lines = CodeMarkup.lines(ofSwift: step.code).enumerated().map { number, line in
      let value = judged[number].map { self.value($0) } ?? ""
      return "<span class=\"line\">\(line)\(value)\n</span>"
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
