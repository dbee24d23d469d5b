extension TreeReader {
  /// Reads a paragraph, which may hold a table.
  mutating func appendParagraph(_ node: MarkdownNode, to sequence: inout Sequence) {
    let lines = paragraphLines(node)
    guard lines.contains(where: { PipeTable.alignments($0) != nil }),
      let table = PipeTable(lines)
    else {
      // Link definitions that opened the paragraph are no part of it.
      let line = node.children.first?.line ?? node.line
      sequence.append(.paragraph(inlines(node.children)), line: line)
      return
    }
    if table.leadingLines > 0 {
      let text = lines.prefix(table.leadingLines).joined(separator: "\n") + "\n\n" + definitions
      for child in MarkdownNode(parsing: text, firstLine: node.line).children {
        guard case .paragraph = child.kind else { continue }
        sequence.append(.paragraph(inlines(child.children)), line: child.line)
      }
    }
    let headerLine = node.line + table.leadingLines
    for line in table.overfullLines {
      log.warning(
        "table-row", line: node.line + line,
        "this row has more cells than the table's \(table.alignments.count) columns; "
          + "what is too much is left out (write `\\|` for a bar in a cell)")
    }
    for line in table.barsInCode {
      log.warning(
        "table-bar-in-code", line: node.line + line,
        "GitHub ends a cell at a bar even in code; write `\\|`")
    }
    let header = table.header.map { inlines(ofLine: $0, line: headerLine) }
    var rows: [[[Inline]]] = []
    for (index, row) in table.rows.enumerated() {
      rows.append(row.map { inlines(ofLine: $0, line: headerLine + 2 + index) })
    }
    sequence.append(
      .table(alignments: table.alignments, header: header, rows: rows), line: headerLine)
  }

  /// The lines of a paragraph without what its lists and quotations put before them.
  private func paragraphLines(_ node: MarkdownNode) -> [Substring] {
    guard node.endLine > node.line else { return [] }
    return source.lines(in: node.line..<(node.endLine + 1)).enumerated().map { index, line in
      guard index == 0 else { return line.drop { $0 == " " || $0 == "\t" || $0 == ">" } }
      return Substring(line.utf8.dropFirst(max(0, node.column - 1)))
    }
  }

  /// The inlines of one line that is parsed apart from its block: a table cell, a summary.
  mutating func inlines(
    ofLine text: String, line: Int, allowsHTML: Bool = false
  ) -> [Inline] {
    // As a heading no text is a list, a rule or a fence; a closing `#` protects one of the text's own.
    let oneLine = text.replacing("\n", with: " ")
    let context = oneLine.contains("[") ? definitions : ""
    let document = MarkdownNode(parsing: "# \(oneLine) #\n\n\(context)", firstLine: line)
    guard let heading = document.children.first, case .heading = heading.kind else { return [] }
    return inlines(heading.children, allowsHTML: allowsHTML)
  }
}
