extension Matrix {
  /// The same elements in the same order, in rows of another length.
  ///
  /// - Parameters:
  ///   - rows: The number of rows.
  ///   - columns: The number of columns; the product must be the number of elements.
  /// - Returns: A matrix that shares this one's memory until one of them changes.
  public func reshaped(rows: Int, columns: Int) -> Matrix {
    precondition(
      rows >= 0 && columns >= 0 && rows * columns == count,
      "\(self.rows) × \(self.columns) as \(rows) × \(columns)")
    return Matrix(rows: rows, columns: columns, storage: storage)
  }
}

extension DoubleMatrix {
  /// The same elements in the same order, in rows of another length.
  ///
  /// - Parameters:
  ///   - rows: The number of rows.
  ///   - columns: The number of columns; the product must be the number of elements.
  /// - Returns: A matrix of that shape.
  public func reshaped(rows: Int, columns: Int) -> DoubleMatrix {
    precondition(
      rows >= 0 && columns >= 0 && rows * columns == count,
      "\(self.rows) × \(self.columns) as \(rows) × \(columns)")
    return DoubleMatrix(rows: rows, columns: columns, elements: storage)
  }

  /// Each column times its own factor.
  ///
  /// - Parameter factors: One factor for each column.
  /// - Returns: A matrix of the same shape.
  public func scalingColumns(by factors: [Double]) -> DoubleMatrix {
    precondition(factors.count == columns, "\(factors.count) factors for \(columns) columns")
    var result = self
    for row in 0..<rows {
      for column in 0..<columns { result.storage[row * columns + column] *= factors[column] }
    }
    return result
  }
}
