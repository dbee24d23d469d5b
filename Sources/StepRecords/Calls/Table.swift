/// Leaves a table for the reader, one row a value.
///
/// A row may be a tuple, whose labels name the columns; a structure, whose stored properties do; or an
/// array of cells. Anything else is a row of one cell.
///
/// - Parameters:
///   - rows: The rows from top to bottom.
///   - columns: Names of the columns, where the rows do not name them or others are wanted.
///   - title: The caption.
public func table<Row>(_ rows: [Row], columns: [String] = [], title: String = "") {
  leaveTable(title: title, columns: columns, rows: rows.map { TableRow($0) })
}

/// Leaves a table of rows whose cells differ in type.
///
/// - Parameters:
///   - rows: The rows from top to bottom, each a list of cells.
///   - columns: Names of the columns.
///   - title: The caption.
public func table(_ rows: [[Any]], columns: [String] = [], title: String = "") {
  leaveTable(title: title, columns: columns, rows: rows.map { TableRow($0) })
}

/// Leaves a table with its title first.
///
/// - Parameters:
///   - title: The caption.
///   - columns: Names of the columns.
///   - rows: The rows from top to bottom: tuples, structures, or arrays of cells.
public func table<Row>(title: String = "", columns: [String] = [], rows: [Row]) {
  leaveTable(title: title, columns: columns, rows: rows.map { TableRow($0) })
}

/// Leaves a table with its title first, of rows whose cells differ in type.
///
/// - Parameters:
///   - title: The caption.
///   - columns: Names of the columns.
///   - rows: The rows from top to bottom, each a list of cells.
public func table(title: String = "", columns: [String] = [], rows: [[Any]]) {
  leaveTable(title: title, columns: columns, rows: rows.map { TableRow($0) })
}

/// Leaves a table with its title before the columns.
///
/// - Parameters:
///   - rows: The rows from top to bottom: tuples, structures, or arrays of cells.
///   - title: The caption.
///   - columns: Names of the columns.
public func table<Row>(_ rows: [Row], title: String, columns: [String]) {
  leaveTable(title: title, columns: columns, rows: rows.map { TableRow($0) })
}

/// Leaves a table with its title before the columns, of rows whose cells differ in type.
///
/// - Parameters:
///   - rows: The rows from top to bottom, each a list of cells.
///   - title: The caption.
///   - columns: Names of the columns.
public func table(_ rows: [[Any]], title: String, columns: [String]) {
  leaveTable(title: title, columns: columns, rows: rows.map { TableRow($0) })
}

/// Leaves a table written column by column: `table(["bits": bits, "error": errors])`.
///
/// - Parameters:
///   - columns: Each column's name and its cells; a short column ends in empty cells.
///   - title: The caption.
public func table(_ columns: KeyValuePairs<String, [Any]>, title: String = "") {
  let height = columns.map(\.value.count).max() ?? 0
  let rows = (0..<height).map { row in
    TableRow(columns.map { $0.value.count > row ? $0.value[row] : "" } as [Any])
  }
  leaveTable(title: title, columns: columns.map(\.key), rows: rows)
}

/// The most rows a table keeps: a reader sees a table, a program reads a file.
private let rowsKept = 500

private func leaveTable(title: String, columns: [String], rows: [TableRow]) {
  let kept = rows.prefix(rowsKept)
  let width = max(columns.count, kept.map(\.cells.count).max() ?? 0)
  let names = columns.isEmpty ? kept.first?.names ?? [] : columns
  let padded = names + Array(repeating: "", count: max(0, width - names.count))
  let cells = kept.map { row in
    row.cells + Array(repeating: .string(""), count: width - row.cells.count)
  }
  StepRecording.announce(
    .table(ResultTable(title: title, columns: padded, rows: Array(cells))))
}

/// One row: its cells, and the names its type gives them.
private struct TableRow {
  let cells: [RecordedValue]
  let names: [String]

  init(_ row: Any) {
    let mirror = Mirror(reflecting: row)
    switch mirror.displayStyle {
    case .tuple,
      .struct where !(row is any Collection) && Self.isOpen(row, mirror):
      cells = mirror.children.map { RecordedValue(recording: $0.value) }
      names = mirror.children.map { Self.name($0.label) }
    case .collection:
      cells = mirror.children.map { RecordedValue(recording: $0.value) }
      names = []
    default:
      cells = [RecordedValue(recording: row)]
      names = []
    }
  }

  /// A structure is a row of its properties unless it is a value of its own, such as a number, or says
  /// in its own words what it is.
  private static func isOpen(_ row: Any, _ mirror: Mirror) -> Bool {
    if case .described = RecordedValue(recording: row) {
      return !mirror.children.isEmpty && !(row is any CustomStringConvertible)
    }
    return mirror.displayStyle == .tuple
  }

  /// A tuple's unlabelled elements are called `.0`, `.1`: no name at all.
  private static func name(_ label: String?) -> String {
    guard let label, !label.hasPrefix(".") else { return "" }
    return label
  }
}
