import Terminal

/// A terminal's screen, as far as the reader uses one: text that scrolls, and a line written over.
///
/// It knows line ends, carriage returns, erasing to the end, moving right, and styles, which it leaves
/// out; anything else in the output is kept as trouble.
struct Screen {
  private let width: Int
  private var rows: [[Character]] = [[]]
  private var column = 0
  /// What a real screen would have shown wrongly.
  private(set) var trouble: [String] = []

  init(width: Int) {
    self.width = width
  }

  /// Everything on it, scrolled or not.
  var lines: [String] {
    rows.map { row in
      var text = String(row)
      while text.last == " " { text.removeLast() }
      return text
    }
  }

  /// The last row: the status line, or a line being typed.
  var bottom: String { lines.last ?? "" }

  /// Where the cursor stands in the last row.
  var cursor: Int { column }

  mutating func write(_ text: String) {
    var rest = text[...]
    while let character = rest.first {
      rest.removeFirst()
      switch character {
      case "\n", "\r\n":
        rows.append([])
        column = 0
      case "\r": column = 0
      case "\u{1B}":
        guard rest.first == "[" else {
          trouble.append("an escape without a sequence")
          continue
        }
        rest.removeFirst()
        let parameters = rest.prefix { $0.isNumber || $0 == ";" }
        rest = rest.dropFirst(parameters.count)
        let final = rest.popFirst() ?? " "
        switch final {
        case "m": break
        case "J": rows[rows.count - 1].removeSubrange(min(column, rows[rows.count - 1].count)...)
        case "C": column += Int(parameters) ?? 1
        default: trouble.append("ESC [ \(parameters)\(final)")
        }
      default: put(character)
      }
    }
  }

  private mutating func put(_ character: Character) {
    let columns = DisplayWidth.of(character)
    if column + columns > width { trouble.append("wider than \(width): \(lines.last ?? "")") }
    var row = rows[rows.count - 1]
    while row.count < column { row.append(" ") }
    // Wide characters keep their second column as nothing, so that columns stay places in the row.
    if column < row.count {
      row[column] = character
    } else {
      row.append(character)
    }
    column += 1
    rows[rows.count - 1] = row
  }
}
