extension Matrix {
  /// The sum of the squares of all elements, in double precision.
  public var squaredFrobeniusNorm: Double {
    withUnsafeBufferPointer { doubleSum($0) { $0 * $0 } }
  }

  /// The square root of the sum of the squares of all elements.
  public var frobeniusNorm: Double { squaredFrobeniusNorm.squareRoot() }

  /// The sum of the squared differences between two matrices, in double precision.
  ///
  /// - Parameter other: A matrix of the same shape.
  /// - Returns: ‖A − B‖², the squared Frobenius norm of the difference.
  public func squaredDistance(to other: Matrix) -> Double {
    requireSameShape(as: other)
    return withUnsafeBufferPointer { left in
      other.withUnsafeBufferPointer { right in
        doubleSum(left, right) { (one, two) in (one - two) * (one - two) }
      }
    }
  }

  /// The largest absolute difference between elements in the same place.
  ///
  /// - Parameter other: A matrix of the same shape.
  /// - Returns: 0 for equal or empty matrices; NaN where a difference is NaN, so that a comparison
  ///   with a tolerance fails.
  public func maximumDifference(from other: Matrix) -> Float {
    requireSameShape(as: other)
    var largest: Float = 0
    for index in 0..<count {
      let difference = abs(storage[index] - other.storage[index])
      if difference.isNaN { return .nan }
      if difference > largest { largest = difference }
    }
    return largest
  }

  /// The largest absolute value of each row; 0 for a row without elements.
  public var rowMaximumMagnitudes: [Float] {
    (0..<rows).map { index in withUnsafeRow(index) { $0.largestMagnitude } }
  }

  /// The largest absolute value of each column; 0 for a column without elements.
  ///
  /// NaN is passed over, as in ``FloatValues/largestMagnitude``.
  public var columnMaximumMagnitudes: [Float] {
    var largest = [Float](repeating: 0, count: columns)
    for row in 0..<rows {
      withUnsafeRow(row) { values in
        for column in 0..<columns {
          let magnitude = abs(values[column])
          if magnitude > largest[column] { largest[column] = magnitude }
        }
      }
    }
    return largest
  }

  /// The elements whose row and column are equal.
  public var diagonal: [Float] {
    (0..<min(rows, columns)).map { storage[$0 * columns + $0] }
  }

  /// The sum of the diagonal, in double precision.
  public var trace: Double { diagonal.sum }

  private func requireSameShape(as other: Matrix) {
    precondition(
      rows == other.rows && columns == other.columns,
      "\(rows) × \(columns) compared with \(other.rows) × \(other.columns)")
  }
}

extension Matrix {
  /// The mean of each column, summed in double precision.
  public var columnMeans: [Float] { columnMeans { $0 } }

  /// The mean of each column's magnitudes, summed in double precision.
  public var columnMeanMagnitudes: [Float] { columnMeans { $0.magnitude } }

  /// The mean of each column's squares, summed in double precision.
  ///
  /// Of a layer's inputs, shape [tokens, in], it is the importance of each input channel.
  public var columnMeanSquares: [Float] { columnMeans { $0 * $0 } }

  @inline(__always)
  private func columnMeans(of measure: (Double) -> Double) -> [Float] {
    var sums = [Double](repeating: 0, count: columns)
    withUnsafeBufferPointer { values in
      for row in 0..<rows {
        for column in 0..<columns {
          sums[column] += measure(Double(values[row * columns + column]))
        }
      }
    }
    return sums.map { Float($0 / Double(rows)) }
  }
}
