internal import COpenBLAS

extension DoubleMatrix {
  /// The Cholesky factor of a symmetric positive definite matrix.
  ///
  /// `.lower` gives L with A = L Lᵀ, `.upper` gives U = Lᵀ with A = Uᵀ U. Only the lower triangle of
  /// this matrix is read, so symmetry is the caller's word. By LAPACK's `dpotrf`;
  /// ``choleskyFactorReference()`` judges it.
  ///
  /// - Parameter triangle: The half the factor stands in; the other half of the result is zero.
  /// - Returns: A matrix of the same shape.
  /// - Throws: `TensorError.notSquare`, `TensorError.notFinite`, or
  ///   `TensorError.notPositiveDefinite` with the pivot that failed and its value. Nothing is
  ///   repaired in silence: damp the diagonal and call again.
  public func choleskyFactor(
    _ triangle: Triangle = .lower
  ) throws(TensorError) -> DoubleMatrix {
    let factor = try lowerFactor()
    return triangle == .lower ? factor.triangle(.lower) : factor.triangle(.lower).transposed()
  }

  /// The inverse of a symmetric positive definite matrix, through its Cholesky factor.
  ///
  /// Only the lower triangle of this matrix is read. By LAPACK's `dpotrf` and `dpotri`.
  ///
  /// - Returns: A⁻¹, exactly symmetric.
  /// - Throws: What ``choleskyFactor(_:)`` throws.
  public func inverseFromCholesky() throws(TensorError) -> DoubleMatrix {
    var result = try lowerFactor()
    if rows == 0 { return result }
    var info: Int32 = 0
    var size = blasSize(rows)
    result.storage.withUnsafeMutableBufferPointer { target in
      var leading = size
      // LAPACK counts by columns: its upper triangle is the lower one of a row-major matrix.
      dpotri_("U", &size, target.baseAddress, &leading, &info)
      mirrorLowerTriangle(target, size: rows)
    }
    if info > 0 { throw .singularTriangle(pivot: Int(info) - 1) }
    return result
  }

  /// The Cholesky factor by its definition, row by row; it judges ``choleskyFactor(_:)``.
  ///
  /// - Returns: L with A = L Lᵀ, lower triangular.
  /// - Throws: `TensorError.notSquare` or `TensorError.notPositiveDefinite`.
  public func choleskyFactorReference() throws(TensorError) -> DoubleMatrix {
    guard rows == columns else { throw .notSquare(rows: rows, columns: columns) }
    var factor = DoubleMatrix(rows: rows, columns: rows, repeating: 0)
    for row in 0..<rows {
      for column in 0...row {
        var rest = self[row, column]
        for inner in 0..<column { rest -= factor[row, inner] * factor[column, inner] }
        if row > column {
          factor[row, column] = rest / factor[column, column]
        } else if rest > 0 {
          factor[row, row] = rest.squareRoot()
        } else {
          throw .notPositiveDefinite(size: rows, pivot: row, value: rest)
        }
      }
    }
    return factor
  }

  /// What `dpotrf` leaves: the factor in the lower half, the old elements in the upper one.
  private func lowerFactor() throws(TensorError) -> DoubleMatrix {
    guard rows == columns else { throw .notSquare(rows: rows, columns: columns) }
    try requireFiniteLowerTriangle()
    var result = self
    if rows == 0 { return result }
    var info: Int32 = 0
    var size = blasSize(rows)
    result.storage.withUnsafeMutableBufferPointer { target in
      var leading = size
      dpotrf_("U", &size, target.baseAddress, &leading, &info)
    }
    if info > 0 {
      let pivot = Int(info) - 1
      throw .notPositiveDefinite(
        size: rows, pivot: pivot, value: pivotValue(pivot, factor: result))
    }
    return result
  }

  /// What is left of a diagonal element when the rows above it are eliminated.
  ///
  /// Solved again from the leading rows of the factor, which a failed factorization leaves complete,
  /// because LAPACK does not promise to leave the value anywhere.
  private func pivotValue(_ pivot: Int, factor: DoubleMatrix) -> Double {
    var solved: [Double] = []
    var rest = self[pivot, pivot]
    for row in 0..<pivot {
      var value = self[pivot, row]
      for column in 0..<row { value -= factor[row, column] * solved[column] }
      value /= factor[row, row]
      solved.append(value)
      rest -= value * value
    }
    return rest
  }

  private func requireFiniteLowerTriangle() throws(TensorError) {
    for row in 0..<rows {
      for column in 0...row where !storage[row * columns + column].isFinite {
        throw .notFinite(row: row, column: column, value: self[row, column])
      }
    }
  }
}

extension Matrix {
  /// The Cholesky factor of a symmetric positive definite matrix, computed in double precision.
  ///
  /// See ``DoubleMatrix/choleskyFactor(_:)``; the result is rounded once.
  ///
  /// - Parameter triangle: The half the factor stands in; the other half of the result is zero.
  /// - Returns: A matrix of the same shape.
  /// - Throws: `TensorError.notSquare`, `TensorError.notFinite` or
  ///   `TensorError.notPositiveDefinite`.
  public func choleskyFactor(_ triangle: Triangle = .lower) throws(TensorError) -> Matrix {
    try DoubleMatrix(self).choleskyFactor(triangle).rounded()
  }

  /// The inverse of a symmetric positive definite matrix, computed in double precision.
  ///
  /// See ``DoubleMatrix/inverseFromCholesky()``; the result is rounded once.
  ///
  /// - Returns: A⁻¹, exactly symmetric.
  /// - Throws: What ``choleskyFactor(_:)`` throws.
  public func inverseFromCholesky() throws(TensorError) -> Matrix {
    try DoubleMatrix(self).inverseFromCholesky().rounded()
  }
}
