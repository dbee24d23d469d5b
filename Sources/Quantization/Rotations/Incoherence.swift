internal import Grids
public import Tensors

/// How evenly a matrix's size is spread over its entries: μ, the lower the better for rounding.
///
/// μ = 1 is the least: all entries of a weight equally large. Source: Chee et al. 2023,
/// arXiv:2307.13304, definition 1; the bounds from lemma 5 there and Tseng et al. 2024,
/// arXiv:2402.04396, lemma 3.1. The kurtosis of the entries, `weight.kurtosis`, tells the same story
/// about all of them, where μ tells of the largest.
public enum Incoherence {
  /// μ of a weight: max |Wᵢⱼ| √(out · in) / ‖W‖.
  ///
  /// - Parameter weight: Shape [out, in].
  /// - Returns: 1 or more; 0 for a matrix of zeros.
  public static func ofWeight(_ weight: Matrix) -> Double {
    let norm = weight.squaredFrobeniusNorm.squareRoot()
    guard norm > 0 else { return 0 }
    return Double(weight.largestMagnitude) * Double(weight.count).squareRoot() / norm
  }

  /// μ of a Hessian: max |Vᵢⱼ| √in over its eigenvectors V.
  ///
  /// Where eigenvalues coincide, as in a Hessian of less than full rank, eigenvectors are the library's
  /// choice, and μ with them.
  ///
  /// - Parameter hessian: Symmetric, shape [in, in].
  /// - Returns: From 1 to √in.
  /// - Throws: `TensorError.notSquare`, or `TensorError.notFinite`.
  public static func ofHessian(_ hessian: DoubleMatrix) throws(TensorError) -> Double {
    let vectors = try hessian.symmetricEigenvectors().vectors
    let largest = vectors.elements.reduce(0) { max($0, abs($1)) }
    return largest * Double(hessian.rows).squareRoot()
  }

  /// What μ of a weight stays below after a random Hadamard transform of both sides.
  ///
  /// - Parameters:
  ///   - rows: Outputs.
  ///   - columns: Inputs.
  ///   - failure: δ, the probability with which it may be above all the same.
  /// - Returns: 2 ln(4 · out · in / δ).
  public static func weightBound(rows: Int, columns: Int, failure: Double) -> Double {
    2 * logarithm(4 * Double(rows) * Double(columns) / failure)
  }

  /// What μ of a Hessian stays below after a random Hadamard transform.
  ///
  /// - Parameters:
  ///   - size: Inputs.
  ///   - failure: δ.
  /// - Returns: √(2 ln(2 in² / δ)).
  public static func hessianBound(size: Int, failure: Double) -> Double {
    (2 * logarithm(2 * Double(size) * Double(size) / failure)).squareRoot()
  }
}
