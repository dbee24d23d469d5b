public import Tensors

/// Inputs of one layer from two models: the quantized one, which the layer will run in, and the exact
/// one, whose output it should give.
///
/// Layers before this one are quantized already, so it sees X and should still produce W X̃. The change
/// of the objective, ‖ŴX − WX̃‖² instead of ‖ŴX − WX‖², is a change of the target alone: up to a constant
/// it is ‖ŴX − W*X‖² with
///
///     W* = W + W (X̃ − X) Xᵀ (X Xᵀ + λ)⁻¹
///
/// the least-squares weight, kept near W by the same damping that makes H invertible. So any method
/// that minimises the layer's output error can be given W* in place of W. Li et al. apply each input
/// channel's part of the correction only when that channel is fixed; with all channels free the whole
/// of it is optimal, and that is what this does.
/// Source: the objective of Li et al. 2025, arXiv:2504.02692.
public struct AsymmetricCalibration: Sendable {
  /// What the quantized model's inputs amount to: the Hessian to use.
  public let statistics: InputStatistics
  /// (2/n) Σ (x̃ − x) xᵀ, shape [in, in].
  public let cross: Matrix

  /// Sums over the same tokens in both models.
  ///
  /// - Parameters:
  ///   - inputs: Xᵀ, what the layer sees in the quantized model, shape [tokens, in].
  ///   - exactInputs: X̃ᵀ, what it sees in the float model, the same shape.
  ///   - precision: In what the Hessian is summed.
  /// - Throws: `QuantizationError.activationsDoNotMatch`, `.countMismatch` for different numbers of
  ///   tokens, `.empty` or `.notFinite`.
  public init(
    inputs: Matrix, exactInputs: Matrix, precision: InputStatistics.Precision = .single
  ) throws(QuantizationError) {
    guard inputs.columns == exactInputs.columns else {
      throw .activationsDoNotMatch(
        activationColumns: exactInputs.columns, weightColumns: inputs.columns)
    }
    guard inputs.rows == exactInputs.rows else {
      throw .countMismatch(
        what: "tokens in the float model", found: exactInputs.rows, expected: inputs.rows)
    }
    guard inputs.count > 0 else {
      throw .empty(name: "activations", rows: inputs.rows, columns: inputs.columns)
    }
    try exactInputs.requireFinite(named: "activations_float")
    var statistics = InputStatistics(columns: inputs.columns, precision: precision)
    try statistics.add(inputs)
    self.statistics = statistics
    cross = 2 / Float(inputs.rows) * (exactInputs - inputs).transposedMultiplied(by: inputs)
  }

  /// W*, the weight whose output on X is nearest to W's on X̃, in the layer's own order of columns.
  ///
  /// - Parameters:
  ///   - weight: W, shape [out, in].
  ///   - factor: Of ``statistics``; its damping keeps W* near W.
  /// - Returns: Shape [out, in]; dead columns as they were.
  public func target(for weight: Matrix, _ factor: HessianFactor) -> Matrix {
    let order = factor.permutation
    let inverseRoot = factor.inverseRoot()
    let pulled = weight.multiplied(by: cross)
    let arranged = Matrix(rows: weight.rows, columns: weight.columns) { row, place in
      pulled[row, order[place]]
    }
    let moved = arranged.multiplyingTransposed(inverseRoot).multiplied(by: inverseRoot)
    var result = weight
    for (place, column) in order.enumerated() {
      for row in 0..<weight.rows { result[row, column] += moved[row, place] }
    }
    return result
  }
}
