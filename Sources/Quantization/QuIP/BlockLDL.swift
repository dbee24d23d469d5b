public import Tensors

/// H = L D Lᵀ with L unit block-lower triangular and D block diagonal.
///
/// Quantizing from the last block of columns to the first and adding (W − Ŵ) L below the block to what
/// is rounded leaves the error tr(E D Eᵀ), with E what each rounding left; without the feedback it is
/// tr(E H Eᵀ). With L D Lᵀ the order is last to first; with Lᵀ D L it would be first to last, and
/// mixing the two makes the error explode. Sources: LDLQ, Chee et al. 2023, arXiv:2307.13304; in
/// blocks, Tseng et al. 2024, arXiv:2402.04396.
public struct BlockLDL: Sendable {
  /// How many columns a block has; the last one may have fewer.
  public let blockSize: Int
  /// L, ones on the diagonal and zeros beside it within a block.
  public let lower: DoubleMatrix
  /// D, zeros outside the diagonal blocks.
  public let diagonal: DoubleMatrix
  /// What Cholesky's elimination left of each element of H's diagonal.
  let pivots: [Double]

  /// The factors of a symmetric positive definite matrix.
  ///
  /// From Cholesky's factor H = C Cᵀ: D has the blocks Cₖₖ Cₖₖᵀ, and L is C with each block column
  /// multiplied by Cₖₖ⁻¹.
  ///
  /// - Parameters:
  ///   - hessian: H, damped; only the lower triangle is read.
  ///   - blockSize: How many columns a block has, 1 or more.
  /// - Throws: `TensorError.notSquare`, `.notFinite` or `.notPositiveDefinite`.
  public init(_ hessian: DoubleMatrix, blockSize: Int) throws(TensorError) {
    precondition(blockSize > 0, "blocks of \(blockSize) columns")
    let factor = try hessian.choleskyFactor(.lower)
    let size = factor.rows
    var lower = factor
    var diagonal = DoubleMatrix(rows: size, columns: size, repeating: 0)
    for start in stride(from: 0, to: size, by: blockSize) {
      let end = min(start + blockSize, size)
      for row in start..<end {
        for column in start...row {
          var sum = 0.0
          for inner in start...column { sum += factor[row, inner] * factor[column, inner] }
          diagonal[row, column] = sum
          diagonal[column, row] = sum
        }
      }
      // Each row of the block column solves x Cₖₖ = c, from the last unknown to the first.
      lower.withUnsafeMutableBufferPointer { values in
        for row in start..<size {
          let line = row * size
          for column in stride(from: end - 1, through: start, by: -1) {
            if row < end {
              values[line + column] = row == column ? 1 : 0
              continue
            }
            var rest = values[line + column]
            for solved in column + 1..<max(end, column + 1) {
              rest -= values[line + solved] * factor[solved, column]
            }
            values[line + column] = rest / factor[column, column]
          }
        }
      }
    }
    pivots = factor.diagonal.map { $0 * $0 }
    self.blockSize = blockSize
    self.lower = lower
    self.diagonal = diagonal
  }

  /// tr D: what is left of tr H for errors of equal size in every column.
  ///
  /// The smaller it is beside tr H, the more feedback gains.
  public var trace: Double { diagonal.diagonal.reduce(0, +) }
}

/// tr(E H Eᵀ) with E = W − Ŵ: the squared change of the outputs, for H = Σ x xᵀ.
///
/// - Parameters:
///   - weight: W, shape [out, in].
///   - approximation: Ŵ, the same shape.
///   - hessian: H, symmetric, shape [in, in].
/// - Returns: The loss, in the units of H times squared weights.
public func proxyLoss(
  weight: Matrix, approximation: Matrix, hessian: DoubleMatrix
) -> Double {
  let left = DoubleMatrix(weight - approximation)
  let product = left.multiplied(by: hessian)
  return product.withUnsafeBufferPointer { product in
    left.withUnsafeBufferPointer { left in
      var sum = 0.0
      for index in left.indices { sum += left[index] * product[index] }
      return sum
    }
  }
}
