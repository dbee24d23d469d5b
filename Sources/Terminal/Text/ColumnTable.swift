/// A table without boxes: columns lined up, the header underlined, long cells wrapped.
package struct ColumnTable {
  /// Where a column's text stands.
  package enum Alignment {
    case left
    case center
    case right
  }

  package let title: String
  package let alignments: [Alignment]
  package let header: [[Span]]
  package let rows: [[[Span]]]

  /// A table of cells, each a run of spans.
  package init(
    title: String = "", alignments: [Alignment], header: [[Span]], rows: [[[Span]]]
  ) {
    self.title = title
    self.alignments = alignments
    self.header = header
    self.rows = rows
  }

  private static let gap = 2
  private static let narrowest = 6

  /// The table's lines in a width.
  ///
  /// When even narrow columns do not fit, each row becomes a small list of `header: value`.
  package func lines(width: Int) -> [StyledLine] {
    var lines = title.isEmpty ? [] : LineWrapper(width: width).lines([Span(title, .dim)])
    let count = max(header.count, rows.map(\.count).max() ?? 0)
    guard count > 0 else { return lines }
    guard let widths = columnWidths(count: count, within: width) else {
      return lines + listed(width: width)
    }
    if !header.isEmpty {
      lines += row(header.map { $0.map { Span($0.text, $0.style.adding(.bold)) } }, widths: widths)
      lines.append(
        StyledLine(
          widths.map { String(repeating: "─", count: $0) }.joined(separator: "  "), .dim))
    }
    for cells in rows { lines += row(cells, widths: widths) }
    return lines
  }

  /// Natural widths, or, where they are too wide together, the widest ones cut down to fit.
  private func columnWidths(count: Int, within width: Int) -> [Int]? {
    var widths = Array(repeating: 1, count: count)
    for cells in [header] + rows {
      for (column, cell) in cells.enumerated() {
        widths[column] = max(widths[column], StyledLine(cell).width)
      }
    }
    let available = width - Self.gap * (count - 1)
    guard available >= count * Self.narrowest || widths.reduce(0, +) <= available else {
      return nil
    }
    while widths.reduce(0, +) > available {
      guard let widest = widths.indices.max(by: { widths[$0] < widths[$1] }) else { return nil }
      widths[widest] -= 1
    }
    return widths
  }

  private func row(_ cells: [[Span]], widths: [Int]) -> [StyledLine] {
    let wrapped = widths.indices.map { column in
      LineWrapper(width: widths[column]).lines(column < cells.count ? cells[column] : [])
    }
    let height = wrapped.map(\.count).max() ?? 1
    return (0..<height).map { line in
      var spans: [Span] = []
      for (column, width) in widths.enumerated() {
        if column > 0 { spans.append(Span("  ")) }
        let part = line < wrapped[column].count ? wrapped[column][line] : StyledLine()
        let missing = max(0, width - part.width)
        let alignment = column < alignments.count ? alignments[column] : .left
        let before = alignment == .left ? 0 : alignment == .right ? missing : missing / 2
        spans.append(Span(String(repeating: " ", count: before)))
        spans += part.spans
        spans.append(Span(String(repeating: " ", count: missing - before)))
      }
      return StyledLine(spans)
    }
  }

  private func listed(width: Int) -> [StyledLine] {
    var lines: [StyledLine] = []
    for (index, cells) in rows.enumerated() {
      if index > 0 { lines.append(StyledLine()) }
      for (column, cell) in cells.enumerated() {
        let name = column < header.count ? header[column] + [Span(": ")] : []
        lines += LineWrapper(width: width).lines(name + cell)
      }
    }
    return lines
  }
}
