import Course

/// What a learner reads about an answer: what passed, the first thing that did not, and what the author
/// says of it.
struct AnswerWords {
  let report: AnswerReport
  let renderer: TerminalRenderer

  private var width: Int { renderer.measure }

  /// The report's lines, without the margin.
  func lines() -> [StyledLine] {
    var lines = [StyledLine()] + headline() + checks()
    if !report.output.isEmpty {
      lines += [StyledLine()]
      lines += renderer.output(report.output, caption: "it printed", width: width)
    }
    if let mistake = report.mistake { lines += [StyledLine()] + words(of: mistake) }
    return lines + [StyledLine()]
  }

  private func headline() -> [StyledLine] {
    let count = report.checkCount
    switch report.verdict {
    case .solved:
      let all = count == 1 ? "The check passes." : "All \(count) checks pass."
      return paragraph([Span("✓ Solved. ", .bold), Span(all + time)])
    case .failed(let check, let summary):
      let head = Span("✗ Not yet. ", .failure.adding(.bold))
      let passed = "\(report.passed) of \(count) checks pass; "
      // The line below says what was found, where the check got as far as a value.
      let isShown = report.checks.last.map { !$0.held } ?? false
      let words = isShown ? "check \(check) does not.\(time)" : "check \(check): \(summary)\(time)"
      return paragraph([head, Span(passed + words)])
    case .doesNotCompile(let messages):
      let head = paragraph([
        Span("✗ It does not compile. ", .failure.adding(.bold)), Span(report.path, .dim),
      ])
      return head + Self.messages(messages, renderer: renderer)
    case .stopped(let summary):
      return paragraph([Span("✗ It was stopped: ", .failure.adding(.bold)), Span(summary + time)])
    case .notTried(let reason):
      return paragraph([Span("It could not be checked. ", .bold), Span(reason)])
    }
  }

  /// Seconds, where they were long enough to be felt.
  private var time: String {
    report.seconds >= 0.95 ? " (\(SecondsText.of(report.seconds)))" : ""
  }

  private func checks() -> [StyledLine] {
    guard !report.checks.isEmpty else { return [] }
    return renderer.values(of: report.checks, width: width)
  }

  private func words(of mistake: AnswerReport.KnownMistake) -> [StyledLine] {
    let title = renderer.spans(mistake.title, .bold)
    let head =
      mistake.isCertain
      ? [Span("▸ ", .accent)] + title
      : [Span("▸ ", .accent), Span("This answer fails at the same check: ", .dim)] + title
    var body = renderer.lines(of: mistake.blocks, width: max(4, width - 2))
    while body.last?.spans.isEmpty == true { body.removeLast() }
    return paragraph(head) + body.map { $0.indented(by: 2) }
  }

  private func paragraph(_ spans: [Span]) -> [StyledLine] {
    renderer.wrapped(spans, width: width)
  }

  /// Compiler messages, each with its line in the learner's file.
  static func messages(
    _ messages: [AnswerReport.Message], renderer: TerminalRenderer
  ) -> [StyledLine] {
    let limit = 8
    var lines = messages.prefix(limit).flatMap { message -> [StyledLine] in
      let place = message.line > 0 ? "line \(message.line)  " : ""
      let indent = DisplayWidth.of(place)
      let text = renderer.wrapped(
        [Span(TerminalRenderer.oneLine(message.text))], width: max(8, renderer.measure - indent))
      return text.enumerated().map { index, line in
        index == 0 ? StyledLine([Span(place, .dim)] + line.spans) : line.indented(by: indent)
      }
    }
    let left = messages.count - limit
    if left > 0 { lines.append(StyledLine("and \(left) more", .dim)) }
    return lines
  }
}

/// Seconds as people say them: `0.4 s`, `12 s`.
enum SecondsText {
  static func of(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e6 else { return "long" }
    if seconds >= 9.95 { return "\(Int(seconds.rounded())) s" }
    let tenths = Int((seconds * 10).rounded())
    return "\(tenths / 10).\(tenths % 10) s"
  }
}
