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
    self.init(
      squared: Self.power(of: weight - approximation, on: activations),
      signal: Self.power(of: weight, on: activations))
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
    self.init(
      squared: Self.power(of: weight - approximation, less: bias, on: activations),
      signal: Self.power(of: weight, on: activations))
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

  /// ‖WX − b‖².
  ///
  /// Where the product leaves float32 it is taken of W and X divided by powers of two, which changes no
  /// digit, and multiplied back in double precision.
  private static func power(
    of weight: Matrix, less bias: [Float]? = nil, on activations: Matrix
  ) -> Double {
    func power(_ weight: Matrix, _ bias: [Float]?, _ activations: Matrix) -> Double {
      var product = activations.multiplyingTransposed(weight)
      if let bias {
        product = Matrix(rows: product.rows, columns: product.columns) { token, output in
          product[token, output] - bias[output]
        }
      }
      return product.squaredFrobeniusNorm
    }
    let plain = power(weight, bias, activations)
    guard !plain.isFinite else { return plain }
    let (weights, inputs) = (weight.powerOfTwo, activations.powerOfTwo)
    let scaled = power(
      (1 / weights) * weight, bias?.map { $0 / weights / inputs }, (1 / inputs) * activations)
    return scaled * Double(weights) * Double(weights) * Double(inputs) * Double(inputs)
  }

  private init(squared: Double, signal: Double) {
    self.squared = squared
    relative = signal > 0 ? squared / signal : (squared > 0 ? .infinity : 0)
  }
}

extension Matrix {
  /// The power of two at or below the largest magnitude; 1 for zeros.
  fileprivate var powerOfTwo: Float {
    let largest = withUnsafeBufferPointer { $0.lazy.map(\.magnitude).max() ?? 0 }
    return largest > 0 && largest.isFinite ? largest.binade : 1
  }
}
