import Course
import StepRecords

/// What a learner reads about a changed step: each value beside what it was.
struct ChangeWords {
  let report: WhatIfReport
  let step: Step
  let renderer: TerminalRenderer

  private var width: Int { renderer.measure }

  /// The report's lines, without the margin.
  func lines() -> [StyledLine] {
    [StyledLine()] + body() + broken() + [StyledLine()]
  }

  private func body() -> [StyledLine] {
    switch report.verdict {
    case .unchanged:
      return paragraph([Span("Nothing was changed in \(step.id).", .dim)])
    case .doesNotCompile(let messages):
      return paragraph([
        Span("✗ It does not compile. ", .failure.adding(.bold)), Span(report.path, .dim),
      ]) + AnswerWords.messages(messages, renderer: renderer)
    case .notTried(let reason):
      return paragraph([Span("It could not be run. ", .bold), Span(reason)])
    case .ran(let outcome):
      let head = paragraph([
        Span("What if: ", .accent), Span(step.id, .bold),
        Span("  ran in \(SecondsText.of(report.seconds)); u puts it back", .dim),
      ])
      return head + [StyledLine()] + values(of: outcome) + rest(of: outcome)
    }
  }

  /// Every value that the changed step checked, and what it was as the author wrote it.
  private func values(of outcome: StepOutcome) -> [StyledLine] {
    let rows = outcome.expectations.map { judged -> (String, String, String?) in
      let value = TerminalRenderer.oneLine(Self.text(of: judged))
      let before = report.before?.expectations.first { $0.expression == judged.expression }
      let old = before.map { TerminalRenderer.oneLine(Self.text(of: $0)) }
      return (renderer.name(of: judged), value.isEmpty ? "no value" : value, old)
    }
    return renderer.columns(
      rows.map { name, value, old in
        let isSame = old == value
        let was = old.map { isSame ? "" : "  was \($0)" } ?? "  new"
        return (name, [Span(value, isSame ? .plain : .bold), Span(was, .dim)])
      }, width: width)
  }

  /// What it printed and drew; how it ended where it did not come to its end.
  private func rest(of outcome: StepOutcome) -> [StyledLine] {
    var lines: [StyledLine] = []
    if !outcome.output.isEmpty {
      lines += renderer.output(outcome.output, caption: "printed", width: width)
    }
    lines += renderer.left(
      outcome.results, before: report.before?.results ?? outcome.results, width: width)
    if outcome.outcome != .didNotHold, outcome.outcome != .held,
      let words = StepWords.ending(of: step, outcome: outcome.outcome)
    {
      lines += paragraph([Span(words, .failure)])
    }
    return lines
  }

  private func broken() -> [StyledLine] {
    guard !report.broken.isEmpty else { return [] }
    let head = paragraph([Span("These steps no longer run with it:", .dim)])
    return head
      + report.broken.sorted { $0.key < $1.key }.flatMap { id, reason in
        paragraph([Span(id, .bold), Span("  " + TerminalRenderer.oneLine(reason))])
      }
  }

  private static func text(of judged: JudgedExpectation) -> String {
    judged.value?.displayText ?? judged.actual
  }

  private func paragraph(_ spans: [Span]) -> [StyledLine] {
    renderer.wrapped(spans, width: width)
  }
}
