/// How a granularity cuts a matrix of one shape into groups.
///
/// Groups are numbered row by row: group (down, across) is `down * groupsAcross + across`.
struct GroupLayout: Hashable, Sendable {
  let rows: Int
  let columns: Int
  /// Rows and columns of one group.
  let groupRows: Int
  let groupColumns: Int

  init(_ granularity: Granularity, rows: Int, columns: Int) throws(QuantizationError) {
    guard rows > 0, columns > 0 else { throw .empty(name: "matrix", rows: rows, columns: columns) }
    self.rows = rows
    self.columns = columns
    switch granularity {
    case .tensor:
      (groupRows, groupColumns) = (rows, columns)
    case .channel, .token, .group(0):
      (groupRows, groupColumns) = (1, columns)
    case .group(let size):
      guard size > 0 else { throw .sizeNotPositive(name: "group size", value: size) }
      guard columns % size == 0 else {
        throw .groupSizeDoesNotDivide(groupSize: size, columns: columns)
      }
      (groupRows, groupColumns) = (1, size)
    case .block(let blockRows, let blockColumns):
      guard blockRows > 0 else { throw .sizeNotPositive(name: "block rows", value: blockRows) }
      guard blockColumns > 0 else {
        throw .sizeNotPositive(name: "block columns", value: blockColumns)
      }
      guard rows % blockRows == 0, columns % blockColumns == 0 else {
        throw .blockDoesNotDivide(
          blockRows: blockRows, blockColumns: blockColumns, rows: rows, columns: columns)
      }
      (groupRows, groupColumns) = (blockRows, blockColumns)
    }
  }

  var groupsDown: Int { rows / groupRows }
  var groupsAcross: Int { columns / groupColumns }
  var count: Int { groupsDown * groupsAcross }
  var groupCount: Int { groupRows * groupColumns }

  /// Whether each group is one run of memory, in the order of the groups.
  var isContiguous: Bool { groupRows == 1 || groupColumns == columns }

  /// The group of an element.
  func group(row: Int, column: Int) -> Int {
    row / groupRows * groupsAcross + column / groupColumns
  }

  /// Where each row of a group starts in the row-major matrix; each is `groupColumns` long.
  func rowStarts(ofGroup group: Int) -> [Int] {
    let top = group / groupsAcross * groupRows
    let left = group % groupsAcross * groupColumns
    return (top..<top + groupRows).map { $0 * columns + left }
  }
}
