import Course
import StepRecords

extension TerminalRenderer {
  /// A step with its code and everything it left.
  func step(_ index: Int, expectedOutput: String?, width: Int) -> [StyledLine] {
    guard chapter.steps.indices.contains(index) else { return [] }
    let step = chapter.steps[index]
    let results = results(
      of: step, outcome: outcomes.outcome(ofStep: step.id), expectedOutput: expectedOutput,
      width: width)
    return code(of: step, width: width) + (results.isEmpty ? [] : [StyledLine()] + results)
  }

  /// A step's code behind a bar; without its expectations where a reader should not see them yet.
  func code(of step: Step, hidingExpectations: Bool = false, width: Int) -> [StyledLine] {
    let role = StepWords.role(of: step).map { wrapped([Span("\($0):", .dim)], width: width) } ?? []
    var spans = highlighted(step.code)
    if hidingExpectations {
      let hidden = step.expectations.map(\.comment)
      spans = highlighted(step.code, hiding: hidden)
    }
    return role + bar(spans, width: width)
  }

  /// Text behind a thin bar, in a line that is too long the rest behind a broken one.
  ///
  /// Code may be wider than prose where the terminal is: up to 100 columns.
  func bar(_ spans: [Span], width: Int) -> [StyledLine] {
    var lines: [StyledLine] = []
    var line: [Span] = []
    let extra = max(0, min(settings.width, 100) - measure - Self.indent)
    func emit() {
      let parts = LineWrapper(width: width - 2 + extra).cutLines(line)
      for (index, part) in parts.enumerated() {
        lines.append(part.indented(by: Span(index == 0 ? "│ " : "┆ ", .dim)))
      }
      line = []
    }
    for span in spans {
      let pieces = span.text.split(separator: "\n", omittingEmptySubsequences: false)
      for (index, piece) in pieces.enumerated() {
        if index > 0 { emit() }
        if !piece.isEmpty { line.append(Span(String(piece), span.style)) }
      }
    }
    emit()
    return lines
  }

  func highlighted(_ code: String, hiding hidden: [Range<Int>] = []) -> [Span] {
    let bytes = Array(code.utf8)
    var spans: [Span] = []
    for span in SwiftHighlighter.spans(of: code) {
      if hidden.contains(where: { $0.overlaps(span.range) }) {
        spans = spans.trimmingLineEnd()
        continue
      }
      let style: TextStyle =
        switch span.kind {
        case .keyword: .bold
        case .string, .number: .literal
        case .comment: .dim
        case .type, .plain: .plain
        }
      spans.append(Span(String(decoding: bytes[span.range], as: UTF8.self), style))
    }
    if let last = spans.last, last.text.hasSuffix("\n") {
      spans[spans.count - 1] = Span(String(last.text.dropLast()), last.style)
    }
    return spans
  }

  /// What a step left: its values in a right-hand column, what it printed, tables, charts, and how it
  /// ended where that needs words.
  func results(
    of step: Step, outcome: StepOutcome?, expectedOutput: String?, width: Int
  ) -> [StyledLine] {
    var lines = values(of: outcome?.expectations ?? [], width: width)
    let printed = outcome?.output ?? ""
    if !printed.isEmpty { lines += output(printed, caption: "printed", width: width) }
    if let expectedOutput, outcome?.outcome != .held {
      lines += output(expectedOutput, caption: "should print", width: width)
    }
    lines += left(outcome?.results ?? [], width: width)
    if let words = StepWords.ending(of: step, outcome: outcome?.outcome) {
      let style: TextStyle = StepWords.isFailure(outcome?.outcome) ? .failure : .dim
      lines += wrapped([Span(words, style)], width: width)
    }
    for diagnostic in StepWords.diagnostics(of: step, in: outcomes.diagnostics) {
      lines += self.diagnostic(diagnostic, width: width)
    }
    if lines.last?.spans.isEmpty == true { lines.removeLast() }
    return lines
  }

  /// A diagnostic: where, what, and its notes under it.
  func diagnostic(_ diagnostic: Diagnostic, width: Int) -> [StyledLine] {
    let place = Span("\(diagnostic.path):\(diagnostic.line): ", .dim)
    let style: TextStyle = diagnostic.severity == .error ? .failure : .plain
    return wrapped([place, Span(diagnostic.summary, style)], width: width)
      + diagnostic.notes.flatMap { note in
        LineWrapper(width: max(4, width - 4)).cutLines([Span(note, .dim)]).map {
          $0.indented(by: 4)
        }
      }
  }

  /// Expressions at the left, values in a column of their own.
  func values(of judged: [JudgedExpectation], width: Int) -> [StyledLine] {
    let rows = judged.map { judged -> (String, [Span]) in
      let value = Self.oneLine(StepWords.value(of: judged))
      var spans: [Span]
      if judged.held {
        spans = [Span("✓ ", .dim), Span(value)]
      } else {
        spans = [
          Span("✗ ", .failure), Span(value.isEmpty ? "no value" : value, .failure),
          Span(" expected \(Self.oneLine(judged.expected))"),
        ]
      }
      if let used = judged.toleranceUsed, used.isFinite {
        let percent = Int((min(max(used, 0), 1000) * 100).rounded())
        spans.append(Span(" (\(percent)% of the tolerance)", .dim))
      }
      return (name(of: judged), spans)
    }
    return columns(rows, width: width)
  }

  /// What a value is called on the screen: its expression on one line, of a verdict only the word.
  func name(of judged: JudgedExpectation) -> String {
    if case .verdict? = judged.value { return "verdict" }
    return Self.oneLine(judged.expression)
  }

  /// Names at the left, what is said of each in a column that all share.
  func columns(_ rows: [(name: String, spans: [Span])], width: Int) -> [StyledLine] {
    let longest = rows.map { DisplayWidth.of($0.name) }.max() ?? 0
    let column = min(longest + 3, width * 11 / 20)
    return rows.flatMap { name, spans in
      hanging(
        name.fitted(to: column - 1).padded(to: column), spans, column: column, width: width,
        limit: 6)
    }
  }

  /// Shown values in one column, tables and charts with air around them, all in order.
  ///
  /// - Parameters:
  ///   - results: What a step left.
  ///   - before: What it left as the author wrote it, where that is worth a word.
  ///   - width: Columns there are.
  /// - Returns: Its lines.
  func left(_ results: [StepResult], before: [StepResult]? = nil, width: Int) -> [StyledLine] {
    let labels = results.compactMap { result -> Int? in
      guard case .shown(let label, _, _) = result else { return nil }
      return DisplayWidth.of(label)
    }
    let column = min((labels.max() ?? 0) + 3, width * 11 / 20)
    var lines: [StyledLine] = []
    var isTight = true
    for result in results {
      switch result {
      case .shown(let label, let value, let unit):
        if !isTight { lines.append(StyledLine()) }
        isTight = true
        var spans = [Span(Self.oneLine(value.displayText(unit: unit)))]
        if let old = before?.shown(label), old != value.displayText(unit: unit) {
          spans.append(Span("  was \(Self.oneLine(old))", .dim))
        }
        lines += hanging(
          Self.oneLine(label).fitted(to: column - 1).padded(to: column), spans, column: column,
          width: width, limit: 6)
      case .table(let table):
        lines += [StyledLine()] + self.table(table, width: width)
        isTight = false
      case .chart(let chart):
        lines += [StyledLine()] + TerminalChart(chart, width: width).lines()
        isTight = false
      }
    }
    return isTight ? lines : lines + [StyledLine()]
  }

  private func table(_ table: ResultTable, width: Int) -> [StyledLine] {
    let cells = table.rows.map { row in
      row.map { value -> [Span] in
        if case .string(let text) = value { return [Span(Self.oneLine(text))] }
        return [Span(Self.oneLine(value.displayText))]
      }
    }
    let alignments = table.columns.indices.map { column -> ColumnTable.Alignment in
      let isNumeric = table.rows.allSatisfy { row in
        guard column < row.count else { return false }
        switch row[column] {
        case .integer, .float, .double: return true
        default: return false
        }
      }
      return isNumeric ? .right : .left
    }
    return ColumnTable(
      title: table.title, alignments: alignments, header: table.columns.map { [Span($0)] },
      rows: cells
    ).lines(width: width)
  }

  /// Standard output, as it was, behind a bar; a very long one is cut.
  func output(_ text: String, caption: String, width: Int) -> [StyledLine] {
    let limit = 60
    var rows = text.split(separator: "\n", omittingEmptySubsequences: false)
    if rows.last?.isEmpty == true { rows.removeLast() }
    let left = rows.count - limit
    var lines = bar([Span(rows.prefix(limit).joined(separator: "\n"))], width: width)
    if left > 0 { lines.append(StyledLine("… \(left) more lines".fitted(to: width), .dim)) }
    return [StyledLine(caption.fitted(to: width), .dim)] + lines
  }

  /// A name, and beside it text that hangs in its own column when it is long.
  private func hanging(
    _ name: String, _ spans: [Span], column: Int, width: Int, limit: Int
  ) -> [StyledLine] {
    var lines = LineWrapper(width: max(8, width - column)).lines(spans)
    if lines.count > limit { lines = Array(lines.prefix(limit - 1)) + [StyledLine("…", .dim)] }
    return lines.enumerated().map { index, line in
      index == 0 ? StyledLine([Span(name, .dim)] + line.spans) : line.indented(by: column)
    }
  }

  /// A text with every line end a space: as many characters as it had.
  static func flat(_ text: String) -> String {
    String(text.map { $0.isNewline ? " " : $0 })
  }

  /// A text without line ends, and not endless; what was broken over lines closes up after a bracket.
  static func oneLine(_ text: String) -> String {
    var line = ""
    for part in text.split(whereSeparator: \.isNewline) {
      let part = String(part).trimmed
      let isOpen = line.isEmpty || line.hasSuffix("(") || line.hasSuffix("[")
      line += isOpen || part.hasPrefix(")") || part.hasPrefix("]") ? part : " " + part
      if line.count > 2000 { break }
    }
    return line.count <= 2000 ? line : line.prefix(1999) + "…"
  }
}

extension [StepResult] {
  /// The text of a value shown with a label.
  fileprivate func shown(_ label: String) -> String? {
    for case .shown(label, let value, let unit) in self { return value.displayText(unit: unit) }
    return nil
  }
}

extension [Span] {
  /// The same spans without spaces at the end of the last line: what stood before a hidden comment.
  fileprivate func trimmingLineEnd() -> [Span] {
    var result = self
    while let last = result.last {
      var text = last.text
      while text.last == " " || text.last == "\t" { text.removeLast() }
      if text.isEmpty, !last.text.isEmpty {
        result.removeLast()
        continue
      }
      result[result.count - 1] = Span(text, last.style)
      break
    }
    return result
  }
}
