internal import COpenBLAS

/// A scalar that LAPACK factors: Float or Double.
protocol LAPACKScalar: BinaryFloatingPoint {
  /// The Cholesky factor in place; only the column-major upper triangle is read and written.
  static func factorUpper(_ matrix: UnsafeMutablePointer<Self>, size: Int) -> Int
  /// The inverse of a column-major lower triangle in place.
  static func invertLower(_ matrix: UnsafeMutablePointer<Self>, size: Int) -> Int
}

extension Float: LAPACKScalar {
  static func factorUpper(_ matrix: UnsafeMutablePointer<Float>, size: Int) -> Int {
    var (size, leading, info) = (blasSize(size), blasSize(size), Int32(0))
    spotrf_("U", &size, matrix, &leading, &info)
    return Int(info)
  }

  static func invertLower(_ matrix: UnsafeMutablePointer<Float>, size: Int) -> Int {
    var (size, leading, info) = (blasSize(size), blasSize(size), Int32(0))
    strtri_("L", "N", &size, matrix, &leading, &info)
    return Int(info)
  }
}

extension Double: LAPACKScalar {
  static func factorUpper(_ matrix: UnsafeMutablePointer<Double>, size: Int) -> Int {
    var (size, leading, info) = (blasSize(size), blasSize(size), Int32(0))
    dpotrf_("U", &size, matrix, &leading, &info)
    return Int(info)
  }

  static func invertLower(_ matrix: UnsafeMutablePointer<Double>, size: Int) -> Int {
    var (size, leading, info) = (blasSize(size), blasSize(size), Int32(0))
    dtrtri_("L", "N", &size, matrix, &leading, &info)
    return Int(info)
  }
}

/// R with A = R Rᵀ, R upper triangular, in place.
///
/// Turned by half a turn, rows and columns both backwards, A is P A P = L Lᵀ, and R = P L P. Half a turn
/// of a square is its memory read backwards.
///
/// - Parameters:
///   - matrix: A, row-major; only the upper triangle is read. R after it, zeros below the diagonal.
///   - size: The number of rows.
/// - Returns: The column whose pivot failed, counted from 0; nil when all are there. Columns are
///   eliminated from the last to the first.
private func factorIntoUpper<Scalar: LAPACKScalar>(
  _ matrix: UnsafeMutableBufferPointer<Scalar>, size: Int
) -> Int? {
  guard size > 0, let base = matrix.baseAddress else { return nil }
  var matrix = matrix
  matrix.reverse()
  // LAPACK counts by columns: its upper triangle is the lower one of a row-major matrix.
  let info = Scalar.factorUpper(base, size: size)
  matrix.reverse()
  for row in 1..<max(size, 1) {
    for column in 0..<row { matrix[row * size + column] = 0 }
  }
  return info > 0 ? size - info : nil
}

/// R⁻¹ in place of an upper triangle R, row-major.
private func invertUpperTriangle<Scalar: LAPACKScalar>(
  _ matrix: UnsafeMutableBufferPointer<Scalar>, size: Int
) {
  guard size > 0, let base = matrix.baseAddress else { return }
  let failed = Scalar.invertLower(base, size: size)
  precondition(failed == 0, "a zero at [\(failed - 1), \(failed - 1)] of a triangle")
}

extension Matrix {
  /// Turns a symmetric positive definite A into R, upper triangular, with A = R Rᵀ.
  ///
  /// The factor that eliminates the last column first. Its inverse U = R⁻¹ is upper triangular with
  /// A⁻¹ = Uᵀ U: the Cholesky factor of the inverse, without the inverse. ``DoubleMatrix`` has the
  /// same in double precision. By LAPACK's `spotrf` on the matrix turned by half a turn.
  ///
  /// Only the upper triangle is read; the lower one of the result is zero.
  ///
  /// - Returns: The column whose pivot was not above zero; nil when there was none. After a failure
  ///   the elements mean nothing.
  public mutating func factorIntoUpper() -> Int? {
    precondition(rows == columns, "\(rows) × \(columns) is not square")
    let size = rows
    return withUnsafeMutableBufferPointer { Tensors.factorIntoUpper($0, size: size) }
  }

  /// Turns an upper triangle into its inverse, upper triangular too.
  ///
  /// By LAPACK's `strtri`.
  /// Precondition: no zero on the diagonal.
  public mutating func invertUpperTriangle() {
    precondition(rows == columns, "\(rows) × \(columns) is not square")
    let size = rows
    withUnsafeMutableBufferPointer { Tensors.invertUpperTriangle($0, size: size) }
  }
}

extension DoubleMatrix {
  /// Turns a symmetric positive definite A into R, upper triangular, with A = R Rᵀ.
  ///
  /// See ``Matrix/factorIntoUpper()``; by LAPACK's `dpotrf`.
  ///
  /// - Returns: The column whose pivot was not above zero; nil when there was none.
  public mutating func factorIntoUpper() -> Int? {
    precondition(rows == columns, "\(rows) × \(columns) is not square")
    let size = rows
    return withUnsafeMutableBufferPointer { Tensors.factorIntoUpper($0, size: size) }
  }

  /// Turns an upper triangle into its inverse, upper triangular too.
  ///
  /// By LAPACK's `dtrtri`.
  /// Precondition: no zero on the diagonal.
  public mutating func invertUpperTriangle() {
    precondition(rows == columns, "\(rows) × \(columns) is not square")
    let size = rows
    withUnsafeMutableBufferPointer { Tensors.invertUpperTriangle($0, size: size) }
  }

  /// The number of columns that are independent of the others, as far as rounding lets one see.
  ///
  /// By elimination with the largest pivot first (LAPACK's `dpstrf`), which stops at a pivot below
  /// `tolerance` times the largest. For a symmetric positive semidefinite matrix.
  ///
  /// - Parameter tolerance: What counts as zero, as a share of the largest element of the diagonal.
  /// - Returns: The estimated rank, 0 for a matrix of zeros.
  public func semidefiniteRank(tolerance: Double) -> Int {
    precondition(rows == columns, "\(rows) × \(columns) is not square")
    guard rows > 0, let largest = diagonal.max(), largest > 0 else { return 0 }
    var copy = self
    var (size, leading, rank, info) = (blasSize(rows), blasSize(rows), Int32(0), Int32(0))
    var pivots = [Int32](repeating: 0, count: rows)
    var work = [Double](repeating: 0, count: 2 * rows)
    var limit = tolerance * largest
    copy.withUnsafeMutableBufferPointer { matrix in
      dpstrf_("L", &size, matrix.baseAddress, &leading, &pivots, &rank, &limit, &work, &info)
    }
    return Int(rank)
  }
}
