extension Matrix {
  /// The matrix product by its definition: three loops, each sum in double precision.
  ///
  /// Slow and plain; it judges ``multiplied(by:)-(Matrix)``.
  ///
  /// - Parameter other: A matrix with as many rows as this has columns.
  /// - Returns: A matrix of `rows` × `other.columns`, each element rounded once.
  public func productReference(_ other: Matrix) -> Matrix {
    precondition(
      columns == other.rows,
      "\(rows) × \(columns) times \(other.rows) × \(other.columns): the inner sizes must be equal")
    return Matrix(rows: rows, columns: other.columns) { row, column in
      var sum = 0.0
      for inner in 0..<columns {
        sum += Double(self[row, inner]) * Double(other[inner, column])
      }
      return Float(sum)
    }
  }

  /// The transpose by its definition; it judges ``transposed()``.
  ///
  /// - Returns: A matrix of `columns` × `rows`.
  public func transposedReference() -> Matrix {
    Matrix(rows: columns, columns: rows) { row, column in self[column, row] }
  }

  /// The products of all pairs of rows by their definition; it judges ``gramOfRows()``.
  ///
  /// - Returns: A symmetric matrix of `rows` × `rows`.
  public func gramOfRowsReference() -> Matrix { productReference(transposedReference()) }

  /// The products of all pairs of columns by their definition; it judges ``gramOfColumns()``.
  ///
  /// - Returns: A symmetric matrix of `columns` × `columns`.
  public func gramOfColumnsReference() -> Matrix { transposedReference().productReference(self) }
}
