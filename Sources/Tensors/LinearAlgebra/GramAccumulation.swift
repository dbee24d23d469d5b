internal import COpenBLAS

extension Matrix {
  /// Adds the products of all pairs of a matrix's columns to the upper triangle of this matrix.
  ///
  /// Half the work of a product, and in place: what a running Hessian is summed with. Read the sum
  /// after ``mirrorUpperTriangle()``. By the BLAS's `ssyrk`.
  ///
  /// - Parameter batch: A matrix of n × `columns`.
  public mutating func addUpperGramOfColumns(of batch: Matrix) {
    precondition(
      rows == columns && columns == batch.columns,
      "the products of \(batch.columns) columns added to \(rows) × \(columns)")
    if batch.isEmpty { return }
    let size = blasSize(columns)
    withUnsafeMutableBufferPointer { target in
      cblas_ssyrk(
        CblasRowMajor, CblasUpper, CblasTrans, size, blasSize(batch.rows), 1, batch.storage, size,
        1, target.baseAddress, size)
    }
  }

  /// Copies the upper triangle over the lower one.
  public mutating func mirrorUpperTriangle() {
    precondition(rows == columns, "\(rows) × \(columns) is not square")
    let size = rows
    withUnsafeMutableBufferPointer { Tensors.mirrorUpperTriangle($0, size: size) }
  }
}

extension DoubleMatrix {
  /// Adds the products of all pairs of a matrix's columns to the upper triangle of this matrix.
  ///
  /// In double precision; the batch is widened a few rows at a time, so the extra memory is small.
  /// Read the sum after ``mirrorUpperTriangle()``. By the BLAS's `dsyrk`.
  ///
  /// - Parameter batch: A matrix of n × `columns`.
  public mutating func addUpperGramOfColumns(of batch: Matrix) {
    precondition(
      rows == columns && columns == batch.columns,
      "the products of \(batch.columns) columns added to \(rows) × \(columns)")
    if batch.isEmpty { return }
    let size = columns
    let rowsAtOnce = max(1, min(batch.rows, (1 << 20) / size))
    var widened = [Double](repeating: 0, count: rowsAtOnce * size)
    withUnsafeMutableBufferPointer { target in
      batch.withUnsafeBufferPointer { source in
        for first in stride(from: 0, to: batch.rows, by: rowsAtOnce) {
          let part = min(rowsAtOnce, batch.rows - first)
          widened.withUnsafeMutableBufferPointer { widened in
            for index in 0..<part * size { widened[index] = Double(source[first * size + index]) }
          }
          cblas_dsyrk(
            CblasRowMajor, CblasUpper, CblasTrans, blasSize(size), blasSize(part), 1, widened,
            blasSize(size), 1, target.baseAddress, blasSize(size))
        }
      }
    }
  }

  /// Copies the upper triangle over the lower one.
  public mutating func mirrorUpperTriangle() {
    precondition(rows == columns, "\(rows) × \(columns) is not square")
    let size = rows
    withUnsafeMutableBufferPointer { Tensors.mirrorUpperTriangle($0, size: size) }
  }
}

/// Copies the upper triangle of a square row-major matrix over its lower one, tile by tile.
private func mirrorUpperTriangle<Scalar: BinaryFloatingPoint>(
  _ matrix: UnsafeMutableBufferPointer<Scalar>, size: Int
) {
  let tile = 32
  for firstRow in stride(from: 0, to: size, by: tile) {
    for firstColumn in stride(from: firstRow, to: size, by: tile) {
      for row in firstRow..<min(firstRow + tile, size) {
        for column in max(firstColumn, row)..<min(firstColumn + tile, size) {
          matrix[column * size + row] = matrix[row * size + column]
        }
      }
    }
  }
}
