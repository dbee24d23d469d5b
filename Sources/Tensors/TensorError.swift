/// Why a computation on matrices or statistics could not give an answer.
public enum TensorError: Error, Equatable, Sendable {
  /// The number of elements does not fill the shape.
  case elementCount(rows: Int, columns: Int, count: Int)
  /// A row or column count is negative, or their product does not fit an `Int`.
  case invalidShape(rows: Int, columns: Int)
  /// An operation that needs as many rows as columns was given something else.
  case notSquare(rows: Int, columns: Int)
  /// A pivot of the Cholesky factorization is not above zero.
  ///
  /// `pivot` counts from 0; `value` is what the square root would have been taken of.
  case notPositiveDefinite(size: Int, pivot: Int, value: Double)
  /// An element is NaN or infinite where only finite numbers have a meaning.
  case notFinite(row: Int, column: Int, value: Double)
  /// A triangular system has a zero on its diagonal.
  case singularTriangle(pivot: Int)
  /// Two histograms have different bin widths, or edges that do not meet.
  case histogramsDoNotAlign(width: Double, lowest: Double, otherWidth: Double, otherLowest: Double)
  /// A histogram would need more bins than it may have.
  case histogramTooWide(bins: Int, limit: Int)
}

extension TensorError: CustomStringConvertible {
  /// What went wrong, what was expected, and what to do.
  public var description: String {
    switch self {
    case .elementCount(let rows, let columns, let count):
      "a matrix of \(rows) × \(columns) holds \(rows * columns) elements, \(count) were given"
    case .invalidShape(let rows, let columns):
      "\(rows) × \(columns) is not the shape of a matrix: give counts of 0 or more"
    case .notSquare(let rows, let columns):
      "this needs a square matrix and got \(rows) × \(columns)"
    case .notPositiveDefinite(let size, let pivot, let value):
      "the \(size) × \(size) matrix is not positive definite: pivot \(pivot) is \(value) and must "
        + "be above 0; add damping to the diagonal, 1 % of its mean for example"
    case .notFinite(let row, let column, let value):
      // Of a NaN, Swift also prints the sign, which says nothing.
      "element [\(row), \(column)] is \(value.isNaN ? "nan" : "\(value)"); only finite numbers "
        + "can be used here"
    case .singularTriangle(let pivot):
      "the triangular matrix has a zero at [\(pivot), \(pivot)], so its system has no solution"
    case .histogramsDoNotAlign(let width, let lowest, let otherWidth, let otherLowest):
      "bins of width \(width) from \(lowest) and bins of width \(otherWidth) from \(otherLowest) "
        + "do not share edges; start both from the same range and number of bins"
    case .histogramTooWide(let bins, let limit):
      "the histogram would need \(bins) bins and may have \(limit); coarsen it first"
    }
  }
}
