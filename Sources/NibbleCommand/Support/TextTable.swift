/// Columns of text for a terminal: the first left, the others right.
struct TextTable {
  private var rows: [[String]]

  /// A table with a header.
  init(_ header: String...) { self.init(header) }

  /// A table with a header whose columns depend on what is shown.
  init(_ header: [String]) { rows = [header] }

  /// Adds a row with as many cells as the header.
  mutating func add(_ cells: String...) { add(cells) }

  /// Adds a row with as many cells as the header.
  mutating func add(_ cells: [String]) { rows.append(cells) }

  /// The rows, padded to the widest cell of each column; trailing blanks removed.
  var lines: [String] {
    let widths = (0..<(rows.first?.count ?? 0)).map { column in
      rows.map { $0[column].count }.max() ?? 0
    }
    return rows.map { row in
      row.indices.map { column in
        let padding = String(repeating: " ", count: widths[column] - row[column].count)
        return column == 0 ? row[column] + padding : padding + row[column]
      }
      .joined(separator: "  ")
      .trimmingSuffix(while: { $0 == " " })
    }
  }
}

extension String {
  /// The text without a run of trailing characters.
  fileprivate func trimmingSuffix(while drop: (Character) -> Bool) -> String {
    var text = self[...]
    while let last = text.last, drop(last) { text.removeLast() }
    return String(text)
  }
}
