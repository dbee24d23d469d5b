public import Tensors

/// What a changed weight does to a layer's output: E = ‖WX − ŴX‖², and E relative to ‖WX‖².
///
/// The measure that methods with data minimise. Weights that multiply quiet inputs may move far
/// without harm, and this is where it shows.
public struct OutputError: Hashable, Sendable {
  /// E: the sum over tokens and outputs of the squared change.
  public let squared: Double
  /// E over the sum of the squared outputs; 0 when both are zero, infinity when only the latter is.
  public let relative: Double

  /// Measures the change on given inputs.
  ///
  /// The product is that of the difference, (W − Ŵ)X, so a small change is not lost in the rounding
  /// of two large outputs.
  ///
  /// - Parameters:
  ///   - weight: W, shape [out, in].
  ///   - approximation: Ŵ, the same shape (a precondition).
  ///   - activations: Xᵀ, shape [tokens, in] (a precondition).
  public init(weight: Matrix, approximation: Matrix, activations: Matrix) {
    let change = activations.multiplyingTransposed(weight - approximation)
    self.init(
      squared: change.squaredFrobeniusNorm,
      signal: activations.multiplyingTransposed(weight).squaredFrobeniusNorm)
  }

  /// Measures the change on given inputs where a bias is added to the changed layer's outputs.
  ///
  /// - Parameters:
  ///   - weight: W, shape [out, in].
  ///   - approximation: Ŵ, the same shape (a precondition).
  ///   - bias: One an output (a precondition).
  ///   - activations: Xᵀ, shape [tokens, in] (a precondition).
  public init(weight: Matrix, approximation: Matrix, bias: [Float], activations: Matrix) {
    precondition(bias.count == weight.rows, "\(bias.count) biases, \(weight.rows) outputs")
    let change = activations.multiplyingTransposed(weight - approximation)
    let corrected = Matrix(rows: change.rows, columns: change.columns) { token, output in
      change[token, output] - bias[output]
    }
    self.init(
      squared: corrected.squaredFrobeniusNorm,
      signal: activations.multiplyingTransposed(weight).squaredFrobeniusNorm)
  }

  /// Measures the change of an output that was computed in some other way.
  ///
  /// - Parameters:
  ///   - exact: WX transposed, shape [tokens, out].
  ///   - approximation: What was computed in its place, the same shape (a precondition).
  public init(exact: Matrix, approximation: Matrix) {
    self.init(
      squared: exact.squaredDistance(to: approximation), signal: exact.squaredFrobeniusNorm)
  }

  private init(squared: Double, signal: Double) {
    self.squared = squared
    relative = signal > 0 ? squared / signal : (squared > 0 ? .infinity : 0)
  }
}
