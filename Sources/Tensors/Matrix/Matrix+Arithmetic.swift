extension Matrix {
  /// The sum, element by element.
  ///
  /// - Parameters:
  ///   - left: A matrix.
  ///   - right: A matrix of the same shape.
  /// - Returns: A matrix of that shape.
  public static func + (left: Matrix, right: Matrix) -> Matrix {
    left.combined(with: right, "+") { $0 + $1 }
  }

  /// The difference, element by element.
  ///
  /// - Parameters:
  ///   - left: A matrix.
  ///   - right: A matrix of the same shape.
  /// - Returns: A matrix of that shape.
  public static func - (left: Matrix, right: Matrix) -> Matrix {
    left.combined(with: right, "-") { $0 - $1 }
  }

  /// Adds another matrix to this one, element by element.
  ///
  /// - Parameters:
  ///   - left: The matrix that changes.
  ///   - right: A matrix of the same shape.
  public static func += (left: inout Matrix, right: Matrix) { left = left + right }

  /// Subtracts another matrix from this one, element by element.
  ///
  /// - Parameters:
  ///   - left: The matrix that changes.
  ///   - right: A matrix of the same shape.
  public static func -= (left: inout Matrix, right: Matrix) { left = left - right }

  /// Every element with the other sign.
  ///
  /// - Parameter matrix: A matrix.
  /// - Returns: A matrix of the same shape.
  public static prefix func - (matrix: Matrix) -> Matrix { matrix.mapped { -$0 } }

  /// Every element times one number.
  ///
  /// - Parameters:
  ///   - factor: The number.
  ///   - matrix: A matrix.
  /// - Returns: A matrix of the same shape.
  public static func * (factor: Float, matrix: Matrix) -> Matrix { matrix.mapped { factor * $0 } }

  /// The matrix product; see ``multiplied(by:)-(Matrix)``.
  ///
  /// - Parameters:
  ///   - left: A matrix of n × k.
  ///   - right: A matrix of k × m.
  /// - Returns: A matrix of n × m.
  public static func * (left: Matrix, right: Matrix) -> Matrix { left.multiplied(by: right) }

  /// The product of elements in the same place.
  ///
  /// - Parameter other: A matrix of the same shape.
  /// - Returns: A matrix of that shape.
  public func elementwiseProduct(_ other: Matrix) -> Matrix {
    combined(with: other, "times") { $0 * $1 }
  }

  /// What a function makes of each element.
  ///
  /// - Parameter transform: Gives the new element for an old one.
  /// - Returns: A matrix of the same shape.
  @inlinable public func mapped(_ transform: (Float) -> Float) -> Matrix {
    storage.withUnsafeBufferPointer { source in
      Matrix(rows: rows, columns: columns) { (target: UnsafeMutableBufferPointer<Float>) in
        for index in 0..<source.count { target[index] = transform(source[index]) }
      }
    }
  }

  /// Each row times its own factor.
  ///
  /// - Parameter factors: One factor for each row.
  /// - Returns: A matrix of the same shape.
  public func scalingRows(by factors: [Float]) -> Matrix {
    precondition(factors.count == rows, "\(factors.count) factors for \(rows) rows")
    return Matrix(rows: rows, columns: columns) { (target: UnsafeMutableBufferPointer<Float>) in
      for row in 0..<rows {
        let factor = factors[row]
        for index in row * columns..<(row + 1) * columns { target[index] = storage[index] * factor }
      }
    }
  }

  /// Each column times its own factor.
  ///
  /// - Parameter factors: One factor for each column.
  /// - Returns: A matrix of the same shape.
  public func scalingColumns(by factors: [Float]) -> Matrix {
    precondition(factors.count == columns, "\(factors.count) factors for \(columns) columns")
    return Matrix(rows: rows, columns: columns) { (target: UnsafeMutableBufferPointer<Float>) in
      for row in 0..<rows {
        let start = row * columns
        for column in 0..<columns {
          target[start + column] = storage[start + column] * factors[column]
        }
      }
    }
  }

  /// Rows become columns.
  ///
  /// Works through square tiles, each turned in a small buffer: so memory is read and written in
  /// runs, where single elements a row apart would each cost a cache line.
  ///
  /// - Returns: A matrix of `columns` × `rows`.
  public func transposed() -> Matrix {
    storage.withUnsafeBufferPointer { source in
      Matrix(rows: columns, columns: rows) { (target: UnsafeMutableBufferPointer<Float>) in
        let tile = 32
        withUnsafeTemporaryAllocation(of: Float.self, capacity: tile * tile) { turned in
          for firstRow in stride(from: 0, to: rows, by: tile) {
            let tileRows = min(tile, rows - firstRow)
            for firstColumn in stride(from: 0, to: columns, by: tile) {
              let tileColumns = min(tile, columns - firstColumn)
              for row in 0..<tileRows {
                let start = (firstRow &+ row) &* columns &+ firstColumn
                for column in 0..<tileColumns {
                  turned[column &* tile &+ row] = source[start &+ column]
                }
              }
              for column in 0..<tileColumns {
                let start = (firstColumn &+ column) &* rows &+ firstRow
                for row in 0..<tileRows {
                  target[start &+ row] = turned[column &* tile &+ row]
                }
              }
            }
          }
        }
      }
    }
  }

  /// Two matrices of one shape, combined element by element.
  @inline(__always) private func combined(
    with other: Matrix, _ sign: StaticString, _ combine: (Float, Float) -> Float
  ) -> Matrix {
    precondition(
      rows == other.rows && columns == other.columns,
      "\(rows) × \(columns) \(sign) \(other.rows) × \(other.columns): the shapes must be equal")
    return storage.withUnsafeBufferPointer { left in
      other.storage.withUnsafeBufferPointer { right in
        Matrix(rows: rows, columns: columns) { (target: UnsafeMutableBufferPointer<Float>) in
          for index in 0..<left.count { target[index] = combine(left[index], right[index]) }
        }
      }
    }
  }
}
