/// Breaks styled text into lines that fit, at spaces where there are any.
package struct LineWrapper {
  /// The columns a line may take; at least one.
  package let width: Int

  package init(width: Int) {
    self.width = max(1, width)
  }

  private struct Cell {
    let character: Character
    let style: TextStyle
    let note: String?
    let columns: Int
  }

  /// The lines, each ended by a line end in the text, a space, or, in a very long word, its last slash or
  /// the width.
  ///
  /// Wide characters (Chinese, Japanese, Korean) may be parted from each other without a space. A
  /// character wider than a whole line becomes `·`, so that no line is ever longer than `width`.
  package func lines(_ spans: [Span]) -> [StyledLine] {
    var lines: [StyledLine] = []
    var line: [Cell] = []
    var columns = 0
    var lastBreak: Int?  // the cells before it stay on the line
    func emit(_ cells: some Collection<Cell>) {
      var cells = Array(cells)
      while cells.last?.character == " " { cells.removeLast() }
      lines.append(Self.line(of: cells))
    }
    for cell in spans.flatMap(cells) {
      if cell.character == "\n" {
        emit(line)
        (line, columns, lastBreak) = ([], 0, nil)
        continue
      }
      if cell.character == " ", line.isEmpty, !lines.isEmpty { continue }
      if let previous = line.last, cell.columns > 0, cell.columns == 2 || previous.columns == 2,
        previous.character != " "
      {
        lastBreak = line.count
      }
      if columns + cell.columns > width {
        if cell.character == " " {
          lastBreak = line.count
          continue
        }
        let cut = lastBreak ?? Self.slash(in: line) ?? line.count
        emit(line[..<cut])
        line = Array(line[cut...].drop { $0.character == " " })
        columns = line.reduce(0) { $0 + $1.columns }
        lastBreak = nil
      }
      line.append(cell)
      columns += cell.columns
      if cell.character == " " { lastBreak = line.count }
    }
    if !line.isEmpty || lines.isEmpty { emit(line) }
    return lines
  }

  /// The lines when white space means something: nothing is dropped.
  ///
  /// A line is cut after its last space where that stands in its second half, else after a bracket or
  /// comma or before a dot there, else at the width.
  ///
  /// - Parameters:
  ///   - spans: The text.
  ///   - indent: By how much every piece but the first of a line is shorter, for an indent that the
  ///     caller adds.
  /// - Returns: The lines.
  package func cutLines(_ spans: [Span], leaving indent: Int = 0) -> [StyledLine] {
    let narrow = max(min(2, width), width - indent)  // room for a wide character
    var width = self.width
    var lines: [StyledLine] = []
    var line: [Cell] = []
    var columns = 0
    for cell in spans.flatMap(cells) {
      if cell.character == "\n" {
        lines.append(Self.line(of: line))
        (line, columns) = ([], 0)
        width = self.width
        continue
      }
      while columns + cell.columns > width, !line.isEmpty {
        let cut = Self.cut(line)
        lines.append(Self.line(of: Array(line[..<cut])))
        line.removeFirst(cut)
        width = narrow
        columns = line.reduce(0) { $0 + $1.columns }
      }
      line.append(cell)
      columns += cell.columns
    }
    lines.append(Self.line(of: line))
    return lines
  }

  /// How many cells of a path or an address stay on a line that it fills alone, so that names stay whole.
  private static func slash(in line: [Cell]) -> Int? {
    line.lastIndex { $0.character == "/" }.map { $0 + 1 }.flatMap { $0 > line.count / 2 ? $0 : nil }
  }

  /// How many cells of a full line of code stay on it.
  private static func cut(_ line: [Cell]) -> Int {
    let half = line.count / 2
    if let space = line.lastIndex(where: { $0.character == " " }), space + 1 > half {
      return space + 1
    }
    let mark = line.indices.last { index in
      switch line[index].character {
      case "(", "[", "{", ",": index + 1 > half
      case ".": index > half && index + 1 < line.count && line[index + 1].character.isLetter
      default: false
      }
    }
    guard let mark else { return line.count }
    return line[mark].character == "." ? mark : mark + 1
  }

  private func cells(of span: Span) -> [Cell] {
    span.text.map { character in
      let columns = DisplayWidth.of(character)
      return columns > width
        ? Cell(character: "·", style: span.style, note: span.note, columns: 1)
        : Cell(character: character, style: span.style, note: span.note, columns: columns)
    }
  }

  private static func line(of cells: [Cell]) -> StyledLine {
    var line = StyledLine()
    var text = ""
    for (index, cell) in cells.enumerated() {
      text.append(cell.character)
      if index + 1 == cells.count || cells[index + 1].style != cell.style
        || cells[index + 1].note != cell.note
      {
        line.spans.append(Span(text, cell.style, note: cell.note))
        text = ""
      }
    }
    return line
  }
}

extension String {
  /// Cut to a number of columns, with `…` where something is missing.
  ///
  /// The result is one line and safe for a terminal: tabs are spaces before anything is measured.
  func fitted(to columns: Int) -> String {
    let line = String(Span(self).text.map { $0.isNewline ? " " : $0 })
    guard DisplayWidth.of(line) > columns else { return line }
    var result = ""
    var used = 0
    for character in line {
      let width = DisplayWidth.of(character)
      guard used + width <= columns - 1 else { break }
      result.append(character)
      used += width
    }
    return columns > 0 ? result + "…" : ""
  }

  /// Filled with spaces to a number of columns, at the side that `isRight` says the text keeps.
  func padded(to columns: Int, isRight: Bool = false) -> String {
    let missing = max(0, columns - DisplayWidth.of(self))
    let spaces = String(repeating: " ", count: missing)
    return isRight ? spaces + self : self + spaces
  }
}
