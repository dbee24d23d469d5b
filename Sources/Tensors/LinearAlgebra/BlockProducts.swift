internal import COpenBLAS

/// Products of rectangles inside larger matrices, in place: what blocked algorithms are made of.
public enum BlockProducts {
  /// Adds `factor` · Aᵀ B to C, all row-major in place.
  ///
  /// - Parameters:
  ///   - left: A, `inner` × `rows`, its rows `leftStride` floats apart.
  ///   - leftStride: The width of the matrix A lies in.
  ///   - right: B, `inner` × `columns`.
  ///   - rightStride: The width of the matrix B lies in.
  ///   - target: C, `rows` × `columns`; not overlapping A or B.
  ///   - targetStride: The width of the matrix C lies in.
  ///   - rows: The rows of C.
  ///   - columns: The columns of C.
  ///   - inner: The rows of A and of B.
  ///   - factor: What the product is multiplied by.
  public static func addTransposed(
    _ left: UnsafePointer<Float>, leftStride: Int, by right: UnsafePointer<Float>, rightStride: Int,
    to target: UnsafeMutablePointer<Float>, targetStride: Int, rows: Int, columns: Int, inner: Int,
    times factor: Float
  ) {
    if rows == 0 || columns == 0 || inner == 0 { return }
    cblas_sgemm(
      CblasRowMajor, CblasTrans, CblasNoTrans, blasSize(rows), blasSize(columns), blasSize(inner),
      factor, left, blasSize(leftStride), right, blasSize(rightStride), 1, target,
      blasSize(targetStride))
  }
}
