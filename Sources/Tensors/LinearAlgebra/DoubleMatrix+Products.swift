internal import COpenBLAS

extension DoubleMatrix {
  /// The matrix product, by the BLAS in double precision.
  ///
  /// - Parameter other: A matrix with as many rows as this has columns.
  /// - Returns: A matrix of `rows` × `other.columns`.
  public func multiplied(by other: DoubleMatrix) -> DoubleMatrix {
    precondition(
      columns == other.rows,
      "\(rows) × \(columns) times \(other.rows) × \(other.columns): the inner sizes must be equal")
    return product(other, columns: other.columns, transposing: CblasNoTrans)
  }

  /// This matrix times the transpose of another, without forming the transpose.
  ///
  /// - Parameter other: A matrix with as many columns as this one.
  /// - Returns: A matrix of `rows` × `other.rows`.
  public func multiplyingTransposed(_ other: DoubleMatrix) -> DoubleMatrix {
    precondition(
      columns == other.columns,
      "\(rows) × \(columns) times the transpose of \(other.rows) × \(other.columns): "
        + "the column counts must be equal")
    return product(other, columns: other.rows, transposing: CblasTrans)
  }

  /// Adds a multiple of the products of all pairs of a matrix's columns to this matrix.
  ///
  /// With activations of shape (tokens, in) and a factor of 2 / tokens this accumulates a layer's
  /// Hessian, H = (2/n) Σ x xᵀ, in double precision. The activations are widened a few rows at a
  /// time, so the extra memory is small.
  ///
  /// - Parameters:
  ///   - activations: A matrix of n × `columns`.
  ///   - factor: What each product is multiplied by.
  public mutating func addGramOfColumns(of activations: Matrix, scaledBy factor: Double) {
    precondition(
      rows == columns && columns == activations.columns,
      "the products of \(activations.columns) columns added to \(rows) × \(columns)")
    if activations.isEmpty { return }
    let size = columns
    let rowsAtOnce = max(1, min(activations.rows, (1 << 20) / size))
    var widened = [Double](repeating: 0, count: rowsAtOnce * size)
    storage.withUnsafeMutableBufferPointer { target in
      activations.withUnsafeBufferPointer { source in
        for first in stride(from: 0, to: activations.rows, by: rowsAtOnce) {
          let part = min(rowsAtOnce, activations.rows - first)
          for index in 0..<part * size { widened[index] = Double(source[first * size + index]) }
          cblas_dsyrk(
            CblasRowMajor, CblasLower, CblasTrans, blasSize(size), blasSize(part), factor, widened,
            blasSize(size), 1, target.baseAddress, blasSize(size))
        }
      }
      mirrorLowerTriangle(target, size: size)
    }
  }

  private func product(
    _ other: DoubleMatrix, columns resultColumns: Int, transposing: CBLAS_TRANSPOSE
  ) -> DoubleMatrix {
    var result = DoubleMatrix(rows: rows, columns: resultColumns, repeating: 0)
    if rows == 0 || resultColumns == 0 || columns == 0 { return result }
    result.storage.withUnsafeMutableBufferPointer { target in
      cblas_dgemm(
        CblasRowMajor, CblasNoTrans, transposing, blasSize(rows), blasSize(resultColumns),
        blasSize(columns), 1, storage, blasSize(columns), other.storage, blasSize(other.columns), 0,
        target.baseAddress, blasSize(resultColumns))
    }
    return result
  }
}
