/// A matrix of `Double`, row after row, for the few places where `Float` is not enough.
///
/// Sums over thousands of tokens, and the inverse of an ill-conditioned Hessian, lose their last
/// digits in single precision. Everything else is a ``Matrix``.
public struct DoubleMatrix: Equatable, Sendable {
  /// The number of rows.
  public let rows: Int
  /// The number of columns.
  public let columns: Int
  @usableFromInline var storage: [Double]

  /// Makes a matrix with one value everywhere.
  ///
  /// - Parameters:
  ///   - rows: The number of rows, 0 or more.
  ///   - columns: The number of columns, 0 or more.
  ///   - repeating: The value of every element.
  public init(rows: Int, columns: Int, repeating: Double) {
    precondition(rows >= 0 && columns >= 0, "a matrix of \(rows) × \(columns)")
    self.rows = rows
    self.columns = columns
    storage = [Double](repeating: repeating, count: rows * columns)
  }

  /// Makes a matrix from a list of rows.
  ///
  /// - Parameter rows: Rows of equal length; no rows make the 0 × 0 matrix.
  public init(_ rows: [[Double]]) {
    self.init(rows: rows.count, columns: rows.first?.count ?? 0, repeating: 0)
    for (index, row) in rows.enumerated() {
      precondition(
        row.count == columns, "row \(index) has \(row.count) elements, row 0 has \(columns)")
    }
    storage = Array(rows.joined())
  }

  /// The elements themselves, trusted to fill the shape.
  init(rows: Int, columns: Int, elements: [Double]) {
    self.rows = rows
    self.columns = columns
    storage = elements
  }

  /// Makes a matrix from one in single precision, exactly.
  ///
  /// - Parameter matrix: The matrix to widen.
  public init(_ matrix: Matrix) {
    rows = matrix.rows
    columns = matrix.columns
    storage = matrix.elements.map { Double($0) }
  }

  /// The square matrix with ones on its diagonal and zeros elsewhere.
  ///
  /// - Parameter size: The number of rows and of columns.
  /// - Returns: A matrix of `size` × `size`.
  public static func identity(_ size: Int) -> DoubleMatrix {
    var result = DoubleMatrix(rows: size, columns: size, repeating: 0)
    result.addToDiagonal(1)
    return result
  }

  /// The elements, row after row.
  @inlinable public var elements: [Double] { storage }

  /// The number of elements.
  @inlinable public var count: Int { storage.count }

  /// The element in one row and column, both counted from 0.
  ///
  /// - Parameters:
  ///   - row: The row, below `rows`.
  ///   - column: The column, below `columns`.
  @inlinable public subscript(row: Int, column: Int) -> Double {
    get {
      precondition(
        row >= 0 && row < rows && column >= 0 && column < columns,
        "element [\(row), \(column)] of a matrix of \(rows) × \(columns)")
      return storage[row * columns + column]
    }
    set {
      precondition(
        row >= 0 && row < rows && column >= 0 && column < columns,
        "element [\(row), \(column)] of a matrix of \(rows) × \(columns)")
      storage[row * columns + column] = newValue
    }
  }

  /// Lends the elements, row after row, without copying them.
  ///
  /// - Parameter body: Reads the elements; must not keep the pointer.
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws.
  @inlinable public func withUnsafeBufferPointer<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Double>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try storage.withUnsafeBufferPointer(body)
  }

  /// Lends the elements, row after row, for changing them in place.
  ///
  /// - Parameter body: Reads and writes the elements; must not keep the pointer.
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws.
  @inlinable public mutating func withUnsafeMutableBufferPointer<Result, Failure: Error>(
    _ body: (UnsafeMutableBufferPointer<Double>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try storage.withUnsafeMutableBufferPointer {
      (buffer: inout UnsafeMutableBufferPointer<Double>) throws(Failure) in try body(buffer)
    }
  }

  /// Each element rounded to the nearest `Float`.
  ///
  /// - Returns: A matrix of the same shape.
  public func rounded() -> Matrix {
    Matrix(rows: rows, columns: columns, storage: storage.map { Float($0) })
  }

  /// Rows become columns.
  ///
  /// - Returns: A matrix of `columns` × `rows`.
  public func transposed() -> DoubleMatrix {
    var result = DoubleMatrix(rows: columns, columns: rows, repeating: 0)
    for row in 0..<rows {
      for column in 0..<columns {
        result.storage[column * rows + row] = storage[row * columns + column]
      }
    }
    return result
  }

  /// The elements whose row and column are equal.
  public var diagonal: [Double] {
    (0..<min(rows, columns)).map { storage[$0 * columns + $0] }
  }

  /// Adds one number to every element of the diagonal: damping.
  ///
  /// - Parameter amount: The number, in the matrix's own units.
  public mutating func addToDiagonal(_ amount: Double) {
    for index in 0..<min(rows, columns) { storage[index * columns + index] += amount }
  }

  /// Multiplies every element by one number.
  ///
  /// - Parameter factor: The number.
  public mutating func scale(by factor: Double) {
    for index in storage.indices { storage[index] *= factor }
  }

  /// The largest absolute difference between elements in the same place.
  ///
  /// - Parameter other: A matrix of the same shape.
  /// - Returns: 0 for equal or empty matrices; NaN where a difference is NaN.
  public func maximumDifference(from other: DoubleMatrix) -> Double {
    precondition(
      rows == other.rows && columns == other.columns,
      "\(rows) × \(columns) compared with \(other.rows) × \(other.columns)")
    var largest = 0.0
    for index in storage.indices {
      let difference = abs(storage[index] - other.storage[index])
      if difference.isNaN { return .nan }
      largest = max(largest, difference)
    }
    return largest
  }
}
