import Course

/// What a reader sees only at a stop: code before it ran, values under a change, opened parts.
extension TerminalRenderer {
  /// A step's code before it runs, without what it must show; the learner's own where it was changed.
  func stepBefore(_ step: Step, changedCode: String?) -> [StyledLine] {
    guard let changedCode else {
      return inMargin(code(of: step, hidingExpectations: true, width: measure) + [StyledLine()])
    }
    let head = wrapped([Span("With your change:", .accent)], width: measure)
    return inMargin(head + bar(code(changedCode), width: measure) + [StyledLine()])
  }

  /// Code in colour, comments with expectations left out.
  private func code(_ code: String) -> [Span] {
    let kept = code.split(separator: "\n", omittingEmptySubsequences: false).map { line -> String in
      guard let comment = line.firstRange(of: "// =>") else { return String(line) }
      var code = String(line[..<comment.lowerBound])
      while code.last == " " { code.removeLast() }
      return code
    }
    return highlighted(kept.joined(separator: "\n"))
  }

  /// What a step left while some step is changed: nothing is expected then, so each value stands beside
  /// what the author has where that differs.
  func resultsOfChange(of step: Step, outcome: StepOutcome?, width: Int) -> [StyledLine] {
    let rows = (outcome?.expectations ?? []).map { judged -> (String, [Span]) in
      let value = Self.oneLine(judged.value?.displayText ?? judged.actual)
      var spans = [Span(value.isEmpty ? "no value" : value, judged.held ? .plain : .bold)]
      if !judged.held { spans.append(Span("  was \(Self.oneLine(judged.expected))", .dim)) }
      return (name(of: judged), spans)
    }
    var lines = columns(rows, width: width)
    if let printed = outcome?.output, !printed.isEmpty {
      lines += output(printed, caption: "printed", width: width)
    }
    lines += left(outcome?.results ?? [], width: width)
    if let ending = outcome?.outcome, ending != .held, ending != .didNotHold,
      let words = StepWords.ending(of: step, outcome: ending)
    {
      lines += wrapped([Span(words, .failure)], width: width)
    }
    if lines.last?.spans.isEmpty == true { lines.removeLast() }
    return lines
  }

  /// The blocks of an opened part, two columns further in.
  func inside(_ blocks: [Block]) -> [StyledLine] {
    trimmed(lines(of: blocks, width: max(4, measure - 2))).map { $0.indented(by: 2) }
  }

  /// The blocks of a solution: code without what became of it.
  func solution(_ blocks: [Block]) -> [StyledLine] {
    let width = max(4, measure - 2)
    let all = blocks.flatMap { block -> [StyledLine] in
      guard case .step(let index) = block.kind, chapter.steps.indices.contains(index) else {
        return lines(of: [block], width: width)
      }
      return bar(highlighted(chapter.steps[index].code), width: width) + [StyledLine()]
    }
    return trimmed(all).map { $0.indented(by: 2) }
  }

  private func trimmed(_ lines: [StyledLine]) -> [StyledLine] {
    var lines = lines
    while lines.last?.spans.isEmpty == true { lines.removeLast() }
    return lines
  }
}
