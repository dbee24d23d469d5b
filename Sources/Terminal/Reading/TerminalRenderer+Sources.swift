import Course

extension TerminalRenderer {
  /// A list whose every item begins with a citation: the ids in a column, what is said beside them.
  ///
  /// - Returns: Its lines; nil for any other list.
  func sources(_ items: [[Block]], width: Int) -> [StyledLine]? {
    var rows: [(id: String, words: [Span])] = []
    for item in items {
      guard item.count == 1, case .paragraph(let inlines) = item[0].kind,
        case .citation(let id)? = inlines.first
      else { return nil }
      var rest = Array(inlines.dropFirst())
      if case .text(let text)? = rest.first {
        rest[0] = .text(String(text.drop { ":,– ".contains($0) }))
      }
      rows.append((id, spans(rest)))
    }
    guard !rows.isEmpty else { return nil }
    let column = (rows.map { DisplayWidth.of($0.id) }.max() ?? 0) + 2
    guard width - column >= 32 else {
      // Too narrow for two columns: the words hang under the id.
      return rows.flatMap { id, words in
        [StyledLine(id.fitted(to: width), .dim)]
          + wrapped(words, width: max(4, width - 2)).map { $0.indented(by: 2) }
      }
    }
    return rows.flatMap { id, words in
      wrapped(words, width: width - column).enumerated().map { index, line in
        index == 0
          ? StyledLine([Span(id.padded(to: column), .dim)] + line.spans)
          : line.indented(by: column)
      }
    }
  }
}
