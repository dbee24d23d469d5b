/// The lines of a pipe table taken apart: which cells, how aligned.
///
/// The rules are those of GitHub's tables, with one more kindness: a bar inside a code span does not end
/// its cell (`barsInCode` says where, because GitHub would cut there).
struct PipeTable {
  /// How many lines stand before the header.
  let leadingLines: Int
  /// One alignment a column.
  let alignments: [Block.ColumnAlignment]
  /// The header's cells; as many as columns.
  let header: [String]
  /// The rows; each as many cells as columns.
  let rows: [[String]]
  /// Lines, counted from 0, with more cells than columns: what is too much is lost.
  let overfullLines: [Int]
  /// Lines with a bar inside a code span.
  let barsInCode: [Int]

  /// Finds a table in the lines of a paragraph, or gives nil.
  init?(_ lines: [Substring]) {
    guard
      let delimiter = lines.indices.dropFirst().first(where: { index in
        guard let alignments = Self.alignments(lines[index]) else { return false }
        return Self.cells(lines[index - 1]).texts.count == alignments.count
          && (lines[index].contains("|") || lines[index - 1].contains("|"))
      }), let alignments = Self.alignments(lines[delimiter])
    else { return nil }
    self.alignments = alignments
    leadingLines = delimiter - 1
    var rows: [[String]] = []
    var overfull: [Int] = []
    var barsInCode: [Int] = []
    for index in [delimiter - 1] + Array(lines.indices.dropFirst(delimiter + 1)) {
      let cells = Self.cells(lines[index])
      if cells.texts.count > alignments.count { overfull.append(index) }
      if cells.hasBarInCode { barsInCode.append(index) }
      let missing = max(0, alignments.count - cells.texts.count)
      rows.append(
        cells.texts.prefix(alignments.count) + [String](repeating: "", count: missing))
    }
    header = rows.removeFirst()
    self.rows = rows
    overfullLines = overfull
    self.barsInCode = barsInCode
  }

  /// The alignments that a delimiter row states, or nil for any other line.
  static func alignments(_ line: Substring) -> [Block.ColumnAlignment]? {
    guard line.contains("-"), line.allSatisfy({ "-:| \t".contains($0) }) else { return nil }
    var alignments: [Block.ColumnAlignment] = []
    for cell in cells(line).texts {
      let dashes = cell.drop { $0 == ":" }.prefix { $0 == "-" }
      let isLeft = cell.hasPrefix(":")
      let isRight = cell.hasSuffix(":")
      guard !dashes.isEmpty, dashes.count + (isLeft ? 1 : 0) + (isRight ? 1 : 0) == cell.count
      else { return nil }
      switch (isLeft, isRight) {
      case (true, true): alignments.append(.center)
      case (true, false): alignments.append(.left)
      case (false, true): alignments.append(.right)
      case (false, false): alignments.append(.natural)
      }
    }
    return alignments
  }

  /// The cells of a row, trimmed, with `\|` read as a bar.
  static func cells(_ line: Substring) -> (texts: [String], hasBarInCode: Bool) {
    let bytes = Array(trimmed(line).utf8)
    var cells: [String] = []
    var cell: [UInt8] = []
    var hasBarInCode = false
    var index = bytes.first == bar ? 1 : 0
    var codeEnd = 0
    while index < bytes.count {
      let byte = bytes[index]
      if byte == backslash, index + 1 < bytes.count, bytes[index + 1] == bar {
        cell.append(bar)
        index += 2
        continue
      }
      if index >= codeEnd, byte == tick {
        let run = bytes[index...].prefix { $0 == tick }.count
        codeEnd = closing(run, in: bytes, from: index + run) ?? (index + run)
        cell += bytes[index..<(index + run)]
        index += run
        continue
      }
      if index >= codeEnd, byte == backslash, index + 1 < bytes.count {
        cell += bytes[index...(index + 1)]
        index += 2
        continue
      }
      if byte == bar, index >= codeEnd {
        cells.append(text(cell))
        cell = []
      } else {
        if byte == bar { hasBarInCode = true }
        cell.append(byte)
      }
      index += 1
    }
    // A bar at the very end closes the last cell and opens none.
    if bytes.last != bar || !cell.isEmpty || cells.isEmpty { cells.append(text(cell)) }
    return (cells, hasBarInCode)
  }

  private static let bar = UInt8(ascii: "|")
  private static let backslash = UInt8(ascii: "\\")
  private static let tick = UInt8(ascii: "`")

  /// Where the code span ends that a run of backticks opened, behind its closing run.
  private static func closing(_ run: Int, in bytes: [UInt8], from start: Int) -> Int? {
    var index = start
    while index < bytes.count {
      let count = bytes[index...].prefix { $0 == tick }.count
      if count == run { return index + count }
      index += max(count, 1)
    }
    return nil
  }

  private static func text(_ bytes: [UInt8]) -> String {
    String(trimmed(Substring(decoding: bytes, as: UTF8.self)))
  }

  private static func trimmed(_ text: Substring) -> Substring {
    let start = text.drop(while: \.isWhitespace)
    guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return start[...last]
  }
}
