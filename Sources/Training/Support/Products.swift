internal import COpenBLAS

/// A matrix inside a run of numbers: where it begins, and how far apart its rows are.
struct Rows {
  let start: UnsafeMutablePointer<Float>
  let stride: Int

  init(_ start: UnsafeMutablePointer<Float>, stride: Int) {
    self.start = start
    self.stride = stride
  }
}

/// The three products of a linear layer and of attention, in place.
///
/// With X (tokens, in), W (out, in) and Y (tokens, out): Y = X Wᵀ goes forward, dX = dY W and
/// dW = dYᵀ X go back.
enum Products {
  /// target = factor · left · rightᵀ + keep · target.
  static func timesTransposed(
    _ left: Rows, _ right: Rows, into target: Rows, rows: Int, columns: Int, inner: Int,
    factor: Float = 1, keep: Float = 0
  ) {
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, size(rows), size(columns), size(inner), factor,
      left.start, size(left.stride), right.start, size(right.stride), keep, target.start,
      size(target.stride))
  }

  /// target = factor · left · right + keep · target.
  static func times(
    _ left: Rows, _ right: Rows, into target: Rows, rows: Int, columns: Int, inner: Int,
    factor: Float = 1, keep: Float = 0
  ) {
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, size(rows), size(columns), size(inner), factor,
      left.start, size(left.stride), right.start, size(right.stride), keep, target.start,
      size(target.stride))
  }

  /// target += factor · leftᵀ · right.
  static func addTransposedTimes(
    _ left: Rows, _ right: Rows, into target: Rows, rows: Int, columns: Int, inner: Int,
    factor: Float = 1
  ) {
    cblas_sgemm(
      CblasRowMajor, CblasTrans, CblasNoTrans, size(rows), size(columns), size(inner), factor,
      left.start, size(left.stride), right.start, size(right.stride), 1, target.start,
      size(target.stride))
  }

  private static func size(_ size: Int) -> Int32 { Int32(truncatingIfNeeded: size) }
}
