extension Matrix {
  /// Lends the elements, row after row, without copying them.
  ///
  /// - Parameter body: Reads the elements; must not keep the pointer.
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws.
  @inlinable public func withUnsafeBufferPointer<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try storage.withUnsafeBufferPointer(body)
  }

  /// Lends the elements, row after row, for changing them in place.
  ///
  /// - Parameter body: Reads and writes the elements; must not keep the pointer.
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws.
  @inlinable public mutating func withUnsafeMutableBufferPointer<Result, Failure: Error>(
    _ body: (UnsafeMutableBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try storage.withUnsafeMutableBufferPointer {
      (buffer: inout UnsafeMutableBufferPointer<Float>) throws(Failure) in try body(buffer)
    }
  }

  /// Lends one row without copying it.
  ///
  /// - Parameters:
  ///   - index: The row, below `rows`.
  ///   - body: Reads the row; must not keep the pointer.
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws.
  @inlinable public func withUnsafeRow<Result, Failure: Error>(
    _ index: Int, _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(index >= 0 && index < rows, "row \(index) of a matrix of \(rows) × \(columns)")
    let range = index * columns..<(index + 1) * columns
    return try storage.withUnsafeBufferPointer {
      (buffer: UnsafeBufferPointer<Float>) throws(Failure) in
      try body(UnsafeBufferPointer(rebasing: buffer[range]))
    }
  }

  /// Lends one row for changing it in place.
  ///
  /// - Parameters:
  ///   - index: The row, below `rows`.
  ///   - body: Reads and writes the row; must not keep the pointer.
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws.
  @inlinable public mutating func withUnsafeMutableRow<Result, Failure: Error>(
    _ index: Int, _ body: (UnsafeMutableBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(index >= 0 && index < rows, "row \(index) of a matrix of \(rows) × \(columns)")
    let range = index * columns..<(index + 1) * columns
    return try storage.withUnsafeMutableBufferPointer {
      (buffer: inout UnsafeMutableBufferPointer<Float>) throws(Failure) in
      try body(UnsafeMutableBufferPointer(rebasing: buffer[range]))
    }
  }

  /// A copy of one row.
  ///
  /// - Parameter index: The row, below `rows`.
  /// - Returns: Its `columns` elements.
  public func row(_ index: Int) -> [Float] {
    withUnsafeRow(index) { Array($0) }
  }

  /// A copy of one column.
  ///
  /// - Parameter index: The column, below `columns`.
  /// - Returns: Its `rows` elements.
  public func column(_ index: Int) -> [Float] {
    precondition(
      index >= 0 && index < columns, "column \(index) of a matrix of \(rows) × \(columns)")
    return (0..<rows).map { storage[$0 * columns + index] }
  }

  /// Replaces one row.
  ///
  /// - Parameters:
  ///   - index: The row, below `rows`.
  ///   - values: Its `columns` new elements.
  public mutating func setRow(_ index: Int, to values: [Float]) {
    precondition(values.count == columns, "\(values.count) elements for a row of \(columns)")
    withUnsafeMutableRow(index) { row in
      for (column, value) in values.enumerated() { row[column] = value }
    }
  }

  /// Replaces one column.
  ///
  /// - Parameters:
  ///   - index: The column, below `columns`.
  ///   - values: Its `rows` new elements.
  public mutating func setColumn(_ index: Int, to values: [Float]) {
    precondition(values.count == rows, "\(values.count) elements for a column of \(rows)")
    for (row, value) in values.enumerated() { self[row, index] = value }
  }

  /// The rows of a range, as a matrix of their own.
  ///
  /// - Parameter range: A range within `0..<rows`.
  /// - Returns: A matrix of `range.count` × `columns`.
  public func rows(in range: Range<Int>) -> Matrix {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= rows,
      "rows \(range) of a matrix of \(rows) × \(columns)")
    let slice = storage[range.lowerBound * columns..<range.upperBound * columns]
    return Matrix(rows: range.count, columns: columns, storage: Array(slice))
  }

  /// The columns of a range, as a matrix of their own.
  ///
  /// - Parameter range: A range within `0..<columns`.
  /// - Returns: A matrix of `rows` × `range.count`.
  public func columns(in range: Range<Int>) -> Matrix {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= columns,
      "columns \(range) of a matrix of \(rows) × \(columns)")
    return Matrix(rows: rows, columns: range.count) { (buffer: UnsafeMutableBufferPointer<Float>) in
      for row in 0..<rows {
        for column in 0..<range.count {
          buffer[row * range.count + column] = storage[row * columns + range.lowerBound + column]
        }
      }
    }
  }

  /// The named rows in the named order; a permutation of all rows reorders the matrix.
  ///
  /// - Parameter order: Rows below `rows`; one may be named twice.
  /// - Returns: A matrix of `order.count` × `columns`.
  public func selectingRows(_ order: [Int]) -> Matrix {
    var elements: [Float] = []
    elements.reserveCapacity(order.count * columns)
    for index in order { withUnsafeRow(index) { elements.append(contentsOf: $0) } }
    return Matrix(rows: order.count, columns: columns, storage: elements)
  }

  /// The named columns in the named order; a permutation of all columns reorders the matrix.
  ///
  /// - Parameter order: Columns below `columns`; one may be named twice.
  /// - Returns: A matrix of `rows` × `order.count`.
  public func selectingColumns(_ order: [Int]) -> Matrix {
    for index in order {
      precondition(
        index >= 0 && index < columns, "column \(index) of a matrix of \(rows) × \(columns)")
    }
    return Matrix(rows: rows, columns: order.count) { (buffer: UnsafeMutableBufferPointer<Float>) in
      for row in 0..<rows {
        for (place, column) in order.enumerated() {
          buffer[row * order.count + place] = storage[row * columns + column]
        }
      }
    }
  }
}
