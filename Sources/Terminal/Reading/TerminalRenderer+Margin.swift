import Course

extension TerminalRenderer {
  /// The first column of the right margin.
  private static let noteColumn = 76
  /// The narrowest terminal that has a margin.
  private static let widthWithMargin = 104

  /// Lines in the margins: two columns at the left; at the right, where the terminal is wide, the names
  /// of the values that numbers on a line come from.
  func inMargin(_ lines: [StyledLine]) -> [StyledLine] {
    let lines = lines.map { $0.indented(by: Self.indent) }
    guard settings.width >= Self.widthWithMargin else { return lines }
    let room = min(40, settings.width - Self.noteColumn - 1)
    return lines.map { line in
      let notes = line.notes
      guard !notes.isEmpty, line.width <= Self.noteColumn - 2 else { return line }
      let text = notes.map(Self.oneLine).joined(separator: " · ").fitted(to: room)
      let gap = String(repeating: " ", count: Self.noteColumn - line.width)
      return StyledLine(line.spans + [Span(gap), Span(text, .dim)])
    }
  }

  /// Raw HTML as its words.
  func html(_ raw: String, width: Int) -> [StyledLine] {
    let words = MarkupText.words(of: raw)
    return words.isEmpty ? [] : wrapped([Span(words)], width: width)
  }

  /// A piece of a stretch.
  func lines(of piece: Itinerary.Piece) -> [StyledLine] {
    switch piece {
    case .block(let block):
      guard case .step(let index) = block.kind, chapter.steps.indices.contains(index) else {
        return page([block])
      }
      // In an exercise the stub and the checks stand without what became of them.
      return inMargin(code(of: chapter.steps[index], width: measure) + [StyledLine()])
    case .exerciseHeading(let block, _): return page([block])
    case .claimStart(let source):
      return inMargin(claimStart(source: source, width: measure))
    case .claimVerdict(let id):
      return inMargin(claimVerdict(id: id, width: measure) + [StyledLine()])
    case .fold(let fold):
      let name = [Span("▸ ", .accent)] + spans(fold.summary) + [Span("  f opens it", .dim)]
      return inMargin(wrapped(name, width: measure) + [StyledLine()])
    }
  }
}
