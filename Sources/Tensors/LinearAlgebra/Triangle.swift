internal import COpenBLAS

/// One half of a square matrix, with the diagonal.
public enum Triangle: Sendable, Hashable {
  /// The elements whose column is not above their row.
  case lower
  /// The elements whose column is not below their row.
  case upper
}

extension DoubleMatrix {
  /// One half of this matrix with its diagonal; the other half is zero.
  ///
  /// - Parameter triangle: The half to keep.
  /// - Returns: A matrix of the same shape.
  public func triangle(_ triangle: Triangle) -> DoubleMatrix {
    var result = self
    for row in 0..<rows {
      let cleared =
        triangle == .lower ? min(row + 1, columns)..<columns : 0..<min(row, columns)
      for column in cleared { result.storage[row * columns + column] = 0 }
    }
    return result
  }

  /// The solution X of T X = B, with T one half of this matrix.
  ///
  /// - Parameters:
  ///   - triangle: The half of this matrix that is T; the other half is not read.
  ///   - right: B, with as many rows as this matrix.
  /// - Returns: X, with the shape of B.
  /// - Throws: `TensorError.notSquare`, or `TensorError.singularTriangle` for a zero on the
  ///   diagonal.
  public func solvingTriangle(
    _ triangle: Triangle, for right: DoubleMatrix
  ) throws(TensorError) -> DoubleMatrix {
    guard rows == columns else { throw .notSquare(rows: rows, columns: columns) }
    precondition(
      right.rows == rows, "a triangle of \(rows) rows and a right side of \(right.rows)")
    if let zero = diagonal.firstIndex(of: 0) { throw .singularTriangle(pivot: zero) }
    var result = right
    if right.count == 0 { return result }
    result.storage.withUnsafeMutableBufferPointer { target in
      cblas_dtrsm(
        CblasRowMajor, CblasLeft, triangle == .lower ? CblasLower : CblasUpper, CblasNoTrans,
        CblasNonUnit, blasSize(rows), blasSize(right.columns), 1, storage, blasSize(rows),
        target.baseAddress, blasSize(right.columns))
    }
    return result
  }
}

extension Matrix {
  /// One half of this matrix with its diagonal; the other half is zero.
  ///
  /// - Parameter triangle: The half to keep.
  /// - Returns: A matrix of the same shape.
  public func triangle(_ triangle: Triangle) -> Matrix {
    Matrix(rows: rows, columns: columns) { row, column in
      (triangle == .lower ? column <= row : column >= row) ? self[row, column] : 0
    }
  }

  /// The solution X of T X = B, with T one half of this matrix, computed in double precision.
  ///
  /// - Parameters:
  ///   - triangle: The half of this matrix that is T; the other half is not read.
  ///   - right: B, with as many rows as this matrix.
  /// - Returns: X, with the shape of B.
  /// - Throws: `TensorError.notSquare` or `TensorError.singularTriangle`.
  public func solvingTriangle(
    _ triangle: Triangle, for right: Matrix
  ) throws(TensorError) -> Matrix {
    try DoubleMatrix(self).solvingTriangle(triangle, for: DoubleMatrix(right)).rounded()
  }
}
