public import Tensors

/// An orthogonal map Q of vectors of one size.
///
/// Rotating every row of a weight W [out, in] and every token of its activations by the same Q leaves
/// the output alone: (W Qᵀ)(Q X) = W X. What it changes is how large the largest number is.
public protocol Rotation: Sendable {
  /// The length of the vectors.
  var size: Int { get }

  /// Each row x of a matrix becomes Q x.
  ///
  /// - Parameters:
  ///   - matrix: A matrix with ``size`` columns.
  ///   - threads: How many threads may take part.
  /// - Returns: A matrix of the same shape.
  func rotatingRows(of matrix: Matrix, threads: Int?) -> Matrix

  /// Each row y of a matrix becomes Qᵀ y: undoes ``rotatingRows(of:threads:)-(Matrix,_)``.
  ///
  /// - Parameters:
  ///   - matrix: A matrix with ``size`` columns.
  ///   - threads: How many threads may take part.
  /// - Returns: A matrix of the same shape.
  func rotatingRowsBack(of matrix: Matrix, threads: Int?) -> Matrix

  /// Each row x of a matrix becomes Q x, in double precision.
  ///
  /// - Parameters:
  ///   - matrix: A matrix with ``size`` columns.
  ///   - threads: How many threads may take part.
  /// - Returns: A matrix of the same shape.
  func rotatingRows(of matrix: DoubleMatrix, threads: Int?) -> DoubleMatrix

  /// The form in which files hold it, in one word: `dense`, `kronecker`, `hadamard/128`.
  ///
  /// ``LayerResult/parts`` says what a reader does with each.
  var storedForm: String { get }

  /// The arrays from which a reader rebuilds Q, whatever program it is.
  var storedParts: [LayerPart] { get }
}

extension Rotation {
  /// Each row x of a matrix becomes Q x.
  ///
  /// - Parameter matrix: A matrix with ``size`` columns.
  /// - Returns: A matrix of the same shape.
  public func rotatingRows(of matrix: Matrix) -> Matrix { rotatingRows(of: matrix, threads: nil) }

  /// Each row y of a matrix becomes Qᵀ y.
  ///
  /// - Parameter matrix: A matrix with ``size`` columns.
  /// - Returns: A matrix of the same shape.
  public func rotatingRowsBack(of matrix: Matrix) -> Matrix {
    rotatingRowsBack(of: matrix, threads: nil)
  }

  /// Each column x of a matrix becomes Q x: Q M.
  ///
  /// - Parameters:
  ///   - matrix: A matrix with ``size`` rows.
  ///   - threads: How many threads may take part.
  /// - Returns: A matrix of the same shape.
  public func rotatingColumns(of matrix: Matrix, threads: Int? = nil) -> Matrix {
    rotatingRows(of: matrix.transposed(), threads: threads).transposed()
  }

  /// Each column y of a matrix becomes Qᵀ y: Qᵀ M.
  ///
  /// - Parameters:
  ///   - matrix: A matrix with ``size`` rows.
  ///   - threads: How many threads may take part.
  /// - Returns: A matrix of the same shape.
  public func rotatingColumnsBack(of matrix: Matrix, threads: Int? = nil) -> Matrix {
    rotatingRowsBack(of: matrix.transposed(), threads: threads).transposed()
  }

  /// Q H Qᵀ: the Hessian of rotated inputs.
  ///
  /// - Parameters:
  ///   - hessian: A symmetric matrix with ``size`` rows.
  ///   - threads: How many threads may take part.
  /// - Returns: A matrix of the same shape.
  public func rotatingBothSides(of hessian: DoubleMatrix, threads: Int? = nil) -> DoubleMatrix {
    let rows = rotatingRows(of: hessian, threads: threads)  // H Qᵀ
    return rotatingRows(of: rows.transposed(), threads: threads)
  }

  /// Rotations that have no shorter form are stored as their matrix.
  public var storedForm: String { "dense" }

  /// Q itself, under the name `matrix`.
  public var storedParts: [LayerPart] {
    [LayerPart("matrix", shape: [size, size], .floats(matrix.elements))]
  }

  /// Q itself, shape [size, size].
  public var matrix: Matrix { rotatingRows(of: Matrix.identity(size)).transposed() }
}
