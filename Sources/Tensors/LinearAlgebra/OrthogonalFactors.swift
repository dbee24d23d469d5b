internal import COpenBLAS

extension DoubleMatrix {
  /// Q of A = Q R, with the signs that make R's diagonal positive.
  ///
  /// Of a matrix of normal numbers this is a random rotation, every one equally likely; without the
  /// rule for the signs it would not be. By LAPACK's `dgeqrf` and `dorgqr`.
  ///
  /// - Returns: An orthogonal matrix of the same shape.
  /// - Throws: `TensorError.notSquare`, `TensorError.notFinite`, or `TensorError.singularTriangle`
  ///   where a column is exactly a combination of those before it.
  ///
  /// Source: Mezzadri 2007, How to generate random matrices from the classical compact groups.
  public func orthogonalFactor() throws(TensorError) -> DoubleMatrix {
    try requireFiniteSquare()
    if rows == 0 { return self }
    var result = transposed()  // LAPACK counts by columns
    var size = blasSize(rows)
    var leading = size
    var inner = size
    var info: Int32 = 0
    var factors = [Double](repeating: 0, count: rows)
    var workSize = blasSize(rows * 64)
    var work = [Double](repeating: 0, count: rows * 64)
    var signs = [Double](repeating: 1, count: rows)
    result.storage.withUnsafeMutableBufferPointer { target in
      dgeqrf_(&size, &inner, target.baseAddress, &leading, &factors, &work, &workSize, &info)
    }
    for index in 0..<rows {
      let pivot = result[index, index]
      if pivot == 0 { throw .singularTriangle(pivot: index) }
      signs[index] = pivot < 0 ? -1 : 1
    }
    result.storage.withUnsafeMutableBufferPointer { target in
      var columns = size
      dorgqr_(
        &size, &columns, &inner, target.baseAddress, &leading, &factors, &work, &workSize, &info)
      for row in 0..<rows where signs[row] < 0 {
        for index in row * rows..<(row + 1) * rows { target[index] = -target[index] }
      }
    }
    return result.transposed()
  }

  /// The eigenvalues of a symmetric matrix, ascending, and an eigenvector for each.
  ///
  /// Only the lower triangle is read. By LAPACK's `dsyevd`; the sign of a vector, and the basis of
  /// vectors that share an eigenvalue, are the library's choice.
  ///
  /// - Returns: The values, and the vectors as columns of an orthogonal matrix.
  /// - Throws: `TensorError.notSquare`, or `TensorError.notFinite`.
  public func symmetricEigenvectors() throws(TensorError) -> (
    values: [Double], vectors: DoubleMatrix
  ) {
    try requireFiniteSquare()
    if rows == 0 { return ([], self) }
    var result = self
    var size = blasSize(rows)
    var leading = size
    var info: Int32 = 0
    var values = [Double](repeating: 0, count: rows)
    var workSize = blasSize(1 + 6 * rows + 2 * rows * rows)
    var work = [Double](repeating: 0, count: Int(workSize))
    var indexSize = blasSize(3 + 5 * rows)
    var indices = [Int32](repeating: 0, count: Int(indexSize))
    result.storage.withUnsafeMutableBufferPointer { target in
      // LAPACK's upper triangle is the lower one of a row-major matrix; its columns are our rows.
      dsyevd_(
        "V", "U", &size, target.baseAddress, &leading, &values, &work, &workSize, &indices,
        &indexSize, &info)
    }
    precondition(info == 0, "dsyevd of a finite matrix ended with \(info)")
    return (values, result.transposed())
  }

  /// The eigenvalues of a symmetric matrix alone, ascending.
  ///
  /// Only the lower triangle is read. By LAPACK's `dsyevd`, at a fraction of what the vectors take.
  ///
  /// - Returns: As many values as rows.
  /// - Throws: `TensorError.notSquare`, or `TensorError.notFinite`.
  public func symmetricEigenvalues() throws(TensorError) -> [Double] {
    try requireFiniteSquare()
    if rows == 0 { return [] }
    var copy = self
    var size = blasSize(rows)
    var leading = size
    var info: Int32 = 0
    var values = [Double](repeating: 0, count: rows)
    var workSize = blasSize(2 * rows + 1)
    var work = [Double](repeating: 0, count: Int(workSize))
    var indexSize: Int32 = 1
    var index: Int32 = 0
    copy.storage.withUnsafeMutableBufferPointer { target in
      // LAPACK's upper triangle is the lower one of a row-major matrix.
      dsyevd_(
        "N", "U", &size, target.baseAddress, &leading, &values, &work, &workSize, &index,
        &indexSize, &info)
    }
    precondition(info == 0, "dsyevd of a finite matrix ended with \(info)")
    return values
  }

  private func requireFiniteSquare() throws(TensorError) {
    guard rows == columns else { throw .notSquare(rows: rows, columns: columns) }
    if let index = storage.firstIndex(where: { !$0.isFinite }) {
      throw .notFinite(row: index / columns, column: index % columns, value: storage[index])
    }
  }
}
