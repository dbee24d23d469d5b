internal import COpenBLAS

extension Matrix {
  /// The matrix product, by the BLAS in single precision.
  ///
  /// Each element differs from the exact one by at most about `k ε Σ|aᵢ bᵢ|`, with `k` the inner
  /// size and `ε` = 2⁻²⁴; the last bits depend on the machine's cores. ``productReference(_:)``
  /// judges it.
  ///
  /// - Parameter other: A matrix with as many rows as this has columns.
  /// - Returns: A matrix of `rows` × `other.columns`.
  public func multiplied(by other: Matrix) -> Matrix {
    precondition(
      columns == other.rows,
      "\(rows) × \(columns) times \(other.rows) × \(other.columns): the inner sizes must be equal")
    return Matrix.generalProduct(self, false, other, false)
  }

  /// This matrix times the transpose of another, without forming the transpose.
  ///
  /// What a linear layer computes: tokens (tokens, in) times a weight (out, in) transposed.
  ///
  /// - Parameter other: A matrix with as many columns as this one.
  /// - Returns: A matrix of `rows` × `other.rows`.
  public func multiplyingTransposed(_ other: Matrix) -> Matrix {
    precondition(
      columns == other.columns,
      "\(rows) × \(columns) times the transpose of \(other.rows) × \(other.columns): "
        + "the column counts must be equal")
    return Matrix.generalProduct(self, false, other, true)
  }

  /// The transpose of this matrix times another, without forming the transpose.
  ///
  /// - Parameter other: A matrix with as many rows as this one.
  /// - Returns: A matrix of `columns` × `other.columns`.
  public func transposedMultiplied(by other: Matrix) -> Matrix {
    precondition(
      rows == other.rows,
      "the transpose of \(rows) × \(columns) times \(other.rows) × \(other.columns): "
        + "the row counts must be equal")
    return Matrix.generalProduct(self, true, other, false)
  }

  /// The product with a vector.
  ///
  /// - Parameter vector: As many numbers as this matrix has columns.
  /// - Returns: As many numbers as it has rows.
  public func multiplied(by vector: [Float]) -> [Float] {
    precondition(
      columns == vector.count, "\(rows) × \(columns) times a vector of \(vector.count)")
    var result = [Float](repeating: 0, count: rows)
    if isEmpty { return result }
    cblas_sgemv(
      CblasRowMajor, CblasNoTrans, blasSize(rows), blasSize(columns), 1, storage,
      blasSize(columns), vector, 1, 0, &result, 1)
    return result
  }

  /// The products of all pairs of rows: this matrix times its transpose.
  ///
  /// - Returns: A symmetric matrix of `rows` × `rows`.
  public func gramOfRows() -> Matrix {
    gram(size: rows, inner: columns, transposing: CblasNoTrans)
  }

  /// The products of all pairs of columns: the transpose of this matrix times itself.
  ///
  /// For activations (tokens, in) this is the sum over tokens of x xᵀ, from which a layer's Hessian
  /// is made. ``DoubleMatrix/addGramOfColumns(of:scaledBy:)`` accumulates it in double precision.
  ///
  /// - Returns: A symmetric matrix of `columns` × `columns`.
  public func gramOfColumns() -> Matrix {
    gram(size: columns, inner: rows, transposing: CblasTrans)
  }

  /// Half the work of a general product, then the mirrored half.
  private func gram(size: Int, inner: Int, transposing: CBLAS_TRANSPOSE) -> Matrix {
    var result = Matrix(rows: size, columns: size, repeating: 0)
    if isEmpty { return result }
    result.withUnsafeMutableBufferPointer { target in
      cblas_ssyrk(
        CblasRowMajor, CblasLower, transposing, blasSize(size), blasSize(inner), 1, storage,
        blasSize(columns), 0, target.baseAddress, blasSize(size))
      mirrorLowerTriangle(target, size: size)
    }
    return result
  }

  private static func generalProduct(
    _ left: Matrix, _ leftTransposed: Bool, _ right: Matrix, _ rightTransposed: Bool
  ) -> Matrix {
    let rows = leftTransposed ? left.columns : left.rows
    let inner = leftTransposed ? left.rows : left.columns
    let columns = rightTransposed ? right.rows : right.columns
    if rows == 0 || columns == 0 || inner == 0 {
      return Matrix(rows: rows, columns: columns, repeating: 0)
    }
    return Matrix(rows: rows, columns: columns) { (target: UnsafeMutableBufferPointer<Float>) in
      cblas_sgemm(
        CblasRowMajor, leftTransposed ? CblasTrans : CblasNoTrans,
        rightTransposed ? CblasTrans : CblasNoTrans, blasSize(rows), blasSize(columns),
        blasSize(inner), 1, left.storage, blasSize(left.columns), right.storage,
        blasSize(right.columns), 0, target.baseAddress, blasSize(columns))
    }
  }
}

/// A size in the BLAS's 32-bit integer.
func blasSize(_ size: Int) -> Int32 {
  precondition(size <= Int(Int32.max), "\(size) rows or columns; the BLAS counts to \(Int32.max)")
  return Int32(size)
}

/// Copies the lower triangle of a square row-major matrix over its upper one, tile by tile.
func mirrorLowerTriangle<Scalar: BinaryFloatingPoint>(
  _ matrix: UnsafeMutableBufferPointer<Scalar>, size: Int
) {
  let tile = 32
  for firstRow in stride(from: 0, to: size, by: tile) {
    for firstColumn in stride(from: 0, through: firstRow, by: tile) {
      for row in firstRow..<min(firstRow + tile, size) {
        for column in firstColumn..<min(firstColumn + tile, row) {
          matrix[column * size + row] = matrix[row * size + column]
        }
      }
    }
  }
}
