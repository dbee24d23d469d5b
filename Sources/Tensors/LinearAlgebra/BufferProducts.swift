internal import COpenBLAS

/// Products of matrices in memory that the caller owns: what the layers of a model are made of.
public enum BufferProducts {
  /// Computes C = A Bᵀ, or adds it to C; all row-major, by the BLAS.
  ///
  /// A holds tokens (tokens, in), B a weight (out, in), so C is the layer's output (tokens, out).
  ///
  /// - Parameters:
  ///   - left: A, `rows` × `inner`, without gaps between its rows.
  ///   - right: B, `columns` × `inner`, without gaps.
  ///   - target: C, `rows` × `columns`; not overlapping A or B.
  ///   - targetStride: The floats from one row of C to the next, `columns` or more.
  ///   - rows: The rows of A and of C.
  ///   - columns: The rows of B, which are the columns of C.
  ///   - inner: The columns of A and of B.
  ///   - adding: Whether the product is added to what C holds.
  public static func multiplyTransposed(
    _ left: UnsafePointer<Float>, by right: UnsafePointer<Float>,
    into target: UnsafeMutablePointer<Float>, targetStride: Int, rows: Int, columns: Int,
    inner: Int, adding: Bool
  ) {
    if rows == 0 || columns == 0 { return }
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, blasSize(rows), blasSize(columns), blasSize(inner),
      1, left, blasSize(inner), right, blasSize(inner), adding ? 1 : 0, target,
      blasSize(targetStride))
  }
}
