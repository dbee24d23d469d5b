/// A matrix of `Float`, row after row in one contiguous array.
///
/// A value: a copy is independent of its original (and shares storage until one of them changes).
/// Row-major because a checkpoint stores a linear layer's weight so, shape (out, in): a row is
/// one output's weights, and a group of weights that shares a scale lies side by side in memory.
///
/// Shapes that do not fit together are a mistake in the calling code and stop the program with both
/// shapes in the message; shapes that come from outside go through the throwing initializer.
public struct Matrix: Equatable, Sendable {
  /// The number of rows; of outputs, for a linear layer's weight.
  public let rows: Int
  /// The number of columns; of inputs, for a linear layer's weight.
  public let columns: Int

  @usableFromInline var storage: [Float]

  /// The storage itself, trusted to fill the shape.
  @usableFromInline init(rows: Int, columns: Int, storage: [Float]) {
    self.rows = rows
    self.columns = columns
    self.storage = storage
  }

  /// The elements, row after row.
  @inlinable public var elements: [Float] { storage }

  /// The number of elements.
  @inlinable public var count: Int { storage.count }

  /// Whether there are no elements.
  @inlinable public var isEmpty: Bool { storage.isEmpty }

  /// The element in one row and column, both counted from 0.
  ///
  /// - Parameters:
  ///   - row: The row, below `rows`.
  ///   - column: The column, below `columns`.
  @inlinable public subscript(row: Int, column: Int) -> Float {
    get {
      precondition(
        row >= 0 && row < rows && column >= 0 && column < columns,
        "element [\(row), \(column)] of a matrix of \(rows) × \(columns)")
      // Within the shape is within the storage, so the place needs no check of its own.
      return storage.withUnsafeBufferPointer { $0[row &* columns &+ column] }
    }
    set {
      precondition(
        row >= 0 && row < rows && column >= 0 && column < columns,
        "element [\(row), \(column)] of a matrix of \(rows) × \(columns)")
      storage.withUnsafeMutableBufferPointer { $0[row &* columns &+ column] = newValue }
    }
  }
}

extension Matrix {
  /// Makes a matrix from its elements, row after row.
  ///
  /// - Parameters:
  ///   - rows: The number of rows.
  ///   - columns: The number of columns.
  ///   - elements: `rows × columns` numbers, row-major.
  /// - Throws: `TensorError.elementCount` or `TensorError.invalidShape`.
  public init(rows: Int, columns: Int, elements: [Float]) throws(TensorError) {
    let size = rows.multipliedReportingOverflow(by: columns)
    guard rows >= 0, columns >= 0, !size.overflow else {
      throw .invalidShape(rows: rows, columns: columns)
    }
    guard size.partialValue == elements.count else {
      throw .elementCount(rows: rows, columns: columns, count: elements.count)
    }
    self.init(rows: rows, columns: columns, storage: elements)
  }

  /// Makes a matrix with one value everywhere.
  ///
  /// - Parameters:
  ///   - rows: The number of rows, 0 or more.
  ///   - columns: The number of columns, 0 or more.
  ///   - repeating: The value of every element.
  public init(rows: Int, columns: Int, repeating: Float) {
    precondition(rows >= 0 && columns >= 0, "a matrix of \(rows) × \(columns)")
    self.init(
      rows: rows, columns: columns, storage: [Float](repeating: repeating, count: rows * columns))
  }

  /// Makes a matrix from a list of rows: `Matrix([[1, 2], [3, 4]])`.
  ///
  /// - Parameter rows: Rows of equal length; no rows make the 0 × 0 matrix.
  public init(_ rows: [[Float]]) {
    let columns = rows.first?.count ?? 0
    for (index, row) in rows.enumerated() {
      precondition(
        row.count == columns, "row \(index) has \(row.count) elements, row 0 has \(columns)")
    }
    self.init(rows: rows.count, columns: columns, storage: Array(rows.joined()))
  }

  /// Makes a matrix by computing each element from its row and column.
  ///
  /// - Parameters:
  ///   - rows: The number of rows, 0 or more.
  ///   - columns: The number of columns, 0 or more.
  ///   - elementAt: Gives the element of a row and a column; called in row-major order.
  @inlinable public init(rows: Int, columns: Int, elementAt: (Int, Int) -> Float) {
    self.init(rows: rows, columns: columns) { buffer in
      for row in 0..<rows {
        for column in 0..<columns {
          buffer[row * columns + column] = elementAt(row, column)
        }
      }
    }
  }

  /// Makes a matrix by writing into its memory, which is not zeroed before.
  ///
  /// For a kernel whose result would otherwise be written twice.
  ///
  /// - Parameters:
  ///   - rows: The number of rows, 0 or more.
  ///   - columns: The number of columns, 0 or more.
  ///   - initializedBy: Writes every one of the `rows × columns` elements, row-major.
  @inlinable public init(
    rows: Int, columns: Int, initializedBy: (UnsafeMutableBufferPointer<Float>) -> Void
  ) {
    precondition(rows >= 0 && columns >= 0, "a matrix of \(rows) × \(columns)")
    let size = rows * columns
    let storage = [Float](unsafeUninitializedCapacity: size) { buffer, count in
      initializedBy(UnsafeMutableBufferPointer(rebasing: buffer[0..<size]))
      count = size
    }
    self.init(rows: rows, columns: columns, storage: storage)
  }

  /// The square matrix with ones on its diagonal and zeros elsewhere.
  ///
  /// - Parameter size: The number of rows and of columns.
  /// - Returns: A matrix of `size` × `size`.
  public static func identity(_ size: Int) -> Matrix {
    diagonal([Float](repeating: 1, count: size))
  }

  /// The square matrix with these values on its diagonal and zeros elsewhere.
  ///
  /// - Parameter values: The diagonal.
  /// - Returns: A matrix with as many rows and columns as there are values.
  public static func diagonal(_ values: [Float]) -> Matrix {
    var result = Matrix(rows: values.count, columns: values.count, repeating: 0)
    for (index, value) in values.enumerated() {
      result.storage[index * values.count + index] = value
    }
    return result
  }
}
