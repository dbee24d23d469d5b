public import Tensors

/// LLM.int8(): inputs and weights in int8, but for the few input channels with outliers, which stay
/// in floats.
///
/// Y = (c_x c_wᵀ / 127²) ⊙ (X̂ Ŵᵀ in integers) + X_O W̃_Oᵀ, where O are the columns of X in which any
/// |x| reaches the threshold. W̃ are *decoded* int8 weights: the original ones are gone by then. Source:
/// Dettmers et al. 2022, arXiv:2208.07339; arithmetic and constants of bitsandbytes 0.50.
public struct LLMInt8: Hashable, Sendable {
  /// 1/127² as bitsandbytes writes it: a zero is missing after 6.2, so outputs are 1.8·10⁻⁵ too large.
  static let perProduct: Float = 6.200124e-05

  /// The |x| from which an input channel stays in floats.
  public var threshold: Float

  /// The method with a threshold; 6 is the paper's.
  ///
  /// - Parameter threshold: Above 0.
  public init(threshold: Float = 6) { self.threshold = threshold }

  /// The inputs in two parts: codes of the ordinary channels, and which channels are not.
  ///
  /// - Parameter activations: Shape [tokens, in].
  /// - Returns: Codes, 0 in the columns that hold an outlier, and which these are.
  /// - Throws: What `VectorwiseCodes.init` throws.
  public func decomposed(_ activations: Matrix) throws(QuantizationError) -> VectorwiseCodes {
    try VectorwiseCodes(activations, threshold: threshold, named: "activations")
  }

  /// The layer's outputs, shape [tokens, out].
  ///
  /// - Parameters:
  ///   - weight: What `VectorwiseCodes.init` made of W, without a threshold.
  ///   - activations: Shape [tokens, in].
  ///   - parts: The inputs decomposed, where the caller has them already.
  /// - Returns: The integer part rescaled, plus the outlier channels multiplied in floats.
  /// - Throws: `QuantizationError.activationsDoNotMatch`, and what ``decomposed(_:)`` throws.
  public func output(
    of weight: VectorwiseCodes, on activations: Matrix, parts: VectorwiseCodes? = nil
  ) throws(QuantizationError) -> Matrix {
    let inputs: VectorwiseCodes
    if let parts { inputs = parts } else { inputs = try decomposed(activations) }
    let product = try inputs.codes.integerProduct(weight: weight.codes)
    let ordinary = Matrix(rows: product.rows, columns: product.columns) { row, column in
      Float(product[row, column]) * (inputs.largest[row] * weight.largest[column])
        * Self.perProduct
    }
    guard !inputs.outlierColumns.isEmpty else { return ordinary }
    let columns = inputs.outlierColumns
    let kept = activations.selectingColumns(columns)
    let decoded = Matrix(rows: weight.codes.rows, columns: columns.count) { row, place in
      Float(weight.codes[row, columns[place]]) * weight.largest[row] * VectorwiseCodes.perCode
    }
    return ordinary + kept.multiplyingTransposed(decoded)
  }
}
