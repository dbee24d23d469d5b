public import Tensors

/// A rotation given by its matrix, n² multiplications a vector.
public struct DenseRotation: Rotation {
  private let wide: DoubleMatrix
  private let narrow: Matrix

  /// Q in single precision, as it turns single-precision numbers.
  public var matrix: Matrix { narrow }

  /// The length of the vectors.
  public var size: Int { wide.rows }

  /// A rotation from an orthogonal matrix Q.
  ///
  /// - Parameter matrix: Q, square; that it is orthogonal is the caller's word.
  public init(_ matrix: DoubleMatrix) {
    precondition(matrix.rows == matrix.columns, "\(matrix.rows) × \(matrix.columns) is no rotation")
    wide = matrix
    narrow = matrix.rounded()
  }

  /// A rotation drawn from a seed, every one equally likely.
  ///
  /// Q of the QR factors of normal numbers. The numbers are the same on every machine, the last digits
  /// of the factor are the library's.
  ///
  /// - Parameters:
  ///   - size: The length of the vectors, 1 or more.
  ///   - seed: Which rotation.
  public init(randomOfSize size: Int, seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    self.init(randomOfSize: size, using: &generator)
  }

  /// A random rotation from the next size² normal numbers of a generator.
  init(randomOfSize size: Int, using generator: inout SeededGenerator) {
    precondition(size > 0, "a rotation of size \(size)")
    var normal = DoubleMatrix(rows: size, columns: size, repeating: 0)
    normal.withUnsafeMutableBufferPointer { values in
      for index in values.indices { values[index] = generator.normal() }
    }
    do {
      self.init(try normal.orthogonalFactor())
    } catch {
      preconditionFailure("\(error)")  // normal numbers are finite and, but for 2⁻⁵³, not singular
    }
  }

  /// Each row x becomes Q x.
  public func rotatingRows(of matrix: Matrix, threads: Int?) -> Matrix {
    matrix.multiplyingTransposed(narrow)
  }

  /// Each row y becomes Qᵀ y.
  public func rotatingRowsBack(of matrix: Matrix, threads: Int?) -> Matrix {
    matrix.multiplied(by: narrow)
  }

  /// Each row x becomes Q x, in double precision.
  public func rotatingRows(of matrix: DoubleMatrix, threads: Int?) -> DoubleMatrix {
    matrix.multiplyingTransposed(wide)
  }
}
