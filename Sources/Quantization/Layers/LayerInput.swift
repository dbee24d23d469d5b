public import Tensors

/// One linear layer to quantize: its weight and, where there are any, inputs it has seen.
///
/// All that a method sees of the world: matrices, not models.
public struct LayerInput: Sendable {
  /// W, shape [out, in].
  public let weight: Matrix
  /// Xᵀ, shape [tokens, in].
  public let activations: Matrix?

  /// A layer, checked: not empty, finite throughout, shapes that fit.
  ///
  /// - Parameters:
  ///   - weight: Shape [out, in].
  ///   - activations: Shape [tokens, in], where the caller has some.
  /// - Throws: `QuantizationError.empty`, `.notFinite` or
  ///   `.tooLarge` naming the element, `.activationsDoNotMatch`.
  public init(weight: Matrix, activations: Matrix? = nil) throws(QuantizationError) {
    guard weight.count > 0 else {
      throw .empty(name: "weight", rows: weight.rows, columns: weight.columns)
    }
    try weight.requireFinite(named: "weight")
    try weight.requireRoom(named: "weight")
    if let activations {
      guard activations.columns == weight.columns else {
        throw .activationsDoNotMatch(
          activationColumns: activations.columns, weightColumns: weight.columns)
      }
      guard activations.count > 0 else {
        throw .empty(name: "activations", rows: activations.rows, columns: activations.columns)
      }
      try activations.requireFinite(named: "activations")
    }
    self.weight = weight
    self.activations = activations
  }
}
