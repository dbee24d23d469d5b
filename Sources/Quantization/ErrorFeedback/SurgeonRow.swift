public import Tensors

/// One row of weights under optimal brain surgeon: fix a weight, and the free ones make up for it.
///
/// The loss of a change δ is ½ δᵀ H δ. With weight q fixed at a value v, the cheapest change of the free
/// ones follows from the inverse of the Hessian over the free weights:
///
///     cost = (v − w_q)² / (2 [H⁻¹]_qq),   δ = (v − w_q) / [H⁻¹]_qq · [H⁻¹]_:,q
///
/// δ_q is v − w_q itself. Then q leaves the free set, and the inverse over the rest is a rank-one
/// downdate of the old one, H⁻¹ − [H⁻¹]_:,q [H⁻¹]_q,: / [H⁻¹]_qq, not a new inversion.
/// Source: Hassibi and Stork 1993; Frantar and Alistarh 2022, arXiv:2208.11580, equations 3 and 4.
public struct SurgeonRow: Sendable {
  /// The weights as they now stand, fixed and free.
  public private(set) var weights: [Double]
  /// The inverse Hessian over the free weights, zeros in the rows and columns of fixed ones.
  public private(set) var inverse: DoubleMatrix
  /// Which weights are still free.
  public private(set) var isFree: [Bool]
  /// Σ of the costs so far: ½ δᵀ H δ for the whole change δ.
  public private(set) var loss = 0.0

  /// A row, all of it free.
  ///
  /// - Parameters:
  ///   - weights: The row.
  ///   - inverse: H⁻¹, symmetric, as many rows and columns as there are weights (a precondition).
  public init(weights: [Double], inverse: DoubleMatrix) {
    precondition(
      inverse.rows == weights.count && inverse.columns == weights.count,
      "\(weights.count) weights and an inverse of \(inverse.rows) × \(inverse.columns)")
    self.weights = weights
    self.inverse = inverse
    isFree = [Bool](repeating: true, count: weights.count)
  }

  /// What fixing a free weight at a value adds to the loss, the others making up for it.
  ///
  /// - Parameters:
  ///   - column: A free weight.
  ///   - value: Where it is to stand.
  /// - Returns: (value − weight)² / (2 [H⁻¹]_qq).
  public func cost(of column: Int, at value: Double) -> Double {
    let change = value - weights[column]
    return change * change / (2 * inverse[column, column])
  }

  /// Fixes a free weight at a value and moves the free ones to where the loss is smallest.
  ///
  /// - Parameters:
  ///   - column: A free weight (a precondition).
  ///   - value: Where it stands from now on.
  /// - Returns: The change of every weight.
  @discardableResult
  public mutating func fix(_ column: Int, at value: Double) -> [Double] {
    precondition(isFree[column], "weight \(column) is fixed already")
    let size = weights.count
    let pivot = inverse[column, column]
    let share = (value - weights[column]) / pivot
    loss += cost(of: column, at: value)
    var changes = [Double](repeating: 0, count: size)
    inverse.withUnsafeMutableBufferPointer { inverse in
      let row = column * size
      for other in 0..<size where isFree[other] { changes[other] = share * inverse[row + other] }
      for first in 0..<size where isFree[first] && first != column {
        let factor = inverse[first * size + column] / pivot
        for second in 0..<size { inverse[first * size + second] -= factor * inverse[row + second] }
        inverse[first * size + column] = 0
      }
      for other in 0..<size { inverse[row + other] = 0 }
    }
    for other in 0..<size where isFree[other] { weights[other] += changes[other] }
    weights[column] = value  // exactly, not up to rounding
    isFree[column] = false
    return changes
  }
}
