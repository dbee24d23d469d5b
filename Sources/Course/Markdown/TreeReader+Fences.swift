extension TreeReader {
  /// Reads a code block: a step, the output of one, a formula, or code to look at.
  mutating func appendCode(
    _ node: MarkdownNode, info: String, text: String, to sequence: inout Sequence
  ) {
    let words = info.split(whereSeparator: \.isWhitespace)
    if !isTerminated(node, info: info) {
      log.error(
        "unterminated-fence", line: node.line,
        "this fence is not closed; end it with as many \(fenceMark(node)) as open it")
    }
    switch words.first {
    case "swift":
      endMessage(&sequence, before: node.line)
      appendStep(node, info: info, code: text, to: &sequence)
    case "math":
      check(tex: text, line: node.line + 1)
      sequence.append(.math(text), line: node.line)
    case "text" where words.count == 2 && words[1] == "output":
      appendOutput(node, text: text, to: &sequence)
    default:
      if let word = words.first, word.lowercased() == "swift" || word.hasPrefix("swift,") {
        log.warning(
          "fence-language", line: node.line,
          "`\(word)` is not a step; write `swift`, in small letters, and attributes after a space")
      }
      sequence.append(.code(info: info, text: text), line: node.line)
    }
  }

  private mutating func appendStep(
    _ node: MarkdownNode, info: String, code: String, to sequence: inout Sequence
  ) {
    let step = stepReader.read(
      info: info, code: code, fenceLine: node.line, codeLine: node.line + 1)
    let lines = code.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
    if let inner = lines.firstIndex(where: { Substring($0).hasPrefix("```") }) {
      log.warning(
        "fence-in-fence", line: node.line + 1 + inner,
        "a fence opens inside the step of line \(node.line); was that step's fence not closed?")
    }
    steps.append(step)
    openPredictions = []
    sequence.append(.step(steps.count - 1), line: node.line)
    if case .wrong = step.role {
      beginMessage(&sequence, step: steps.count - 1, from: node.endLine + 1)
    }
  }

  private mutating func appendOutput(
    _ node: MarkdownNode, text: String, to sequence: inout Sequence
  ) {
    guard let last = sequence.frames.last?.blocks.last, case .step(let index) = last.kind else {
      log.error(
        "output-without-step", line: node.line,
        "a `text output` fence stands directly after the step that prints it")
      sequence.append(.code(info: "text", text: text), line: node.line)
      return
    }
    steps[index] = steps[index].adding(
      expectedOutput: ExpectedOutput(text: text, line: node.line))
    sequence.append(.output(text), line: node.line)
    if sequence.message?.step == index {
      beginMessage(&sequence, step: index, from: node.endLine + 1)
    }
  }

  /// Checks a formula that starts on a line.
  mutating func check(tex: String, line: Int) {
    var tex = tex
    while tex.last?.isWhitespace == true { tex.removeLast() }  // an error at the end has a line
    do {
      _ = try TeXParser(tex).parse()
    } catch {
      log.error("tex", line: line + error.line, "in the formula: \(error.summary)")
    }
  }

  /// Whether a fence's last line closes it; indented code has nothing to close.
  private func isTerminated(_ node: MarkdownNode, info: String) -> Bool {
    let mark = fenceMark(node)
    guard mark.count >= 3 else { return true }
    if info.isEmpty, node.column > 4, case .code(_, let text) = node.kind {
      // Indented code may begin with a fence: then its first line is that line itself.
      let firstLine = text.prefix { $0 != "\n" }
      if let line = source.lines(in: node.line..<(node.line + 1)).first, line.hasSuffix(firstLine),
        !firstLine.isEmpty
      {
        return true
      }
    }
    guard node.endLine > node.line,
      let last = source.lines(in: node.endLine..<(node.endLine + 1)).first
    else { return false }
    let closing = last.drop { $0 == " " || $0 == "\t" || $0 == ">" }
      .prefix { !$0.isWhitespace }
    return closing.count >= mark.count && closing.allSatisfy { $0 == mark.first }
  }

  /// The run of backticks or tildes that opens a code block; empty for indented code.
  private func fenceMark(_ node: MarkdownNode) -> Substring {
    guard let line = source.lines(in: node.line..<(node.line + 1)).first,
      let start = line.utf8.index(
        line.startIndex, offsetBy: max(0, node.column - 1), limitedBy: line.endIndex)
    else { return "" }
    let text = line[start...].drop { $0 == " " }
    guard let first = text.first, first == "`" || first == "~" else { return "" }
    return text.prefix { $0 == first }
  }
}
