public import Tensors

/// LLM.int8(): inputs and weights in int8, but for the few input channels with outliers, which stay
/// in floats.
///
/// Y = (c_x c_wᵀ / 127²) ⊙ (X̂ Ŵᵀ in integers) + X_O W̃_Oᵀ, where O are the columns of X in which any
/// |x| reaches the threshold. W̃ are *decoded* int8 weights: the original ones are gone by then. Codes
/// are those of bitsandbytes 0.50; how they are read back is ``arithmetic``. Source: Dettmers et al.
/// 2022, arXiv:2208.07339.
public struct LLMInt8: Hashable, Sendable {
  /// How codes become numbers again.
  public enum Arithmetic: Hashable, Sendable {
    /// Scales of R/127, their product in double precision: as exact as float32 outputs can be.
    case exact
    /// bitsandbytes' order of float32 products, and its constant for 1/127², 6.200124·10⁻⁵, in which a
    /// zero is missing after 6.2: outputs are 1.8·10⁻⁵ too large, and magnitudes whose product leaves
    /// float32 give no number.
    case bitsandbytes
  }

  /// 1/127² as bitsandbytes writes it.
  static let perProduct: Float = 6.200124e-05

  /// The |x| from which an input channel stays in floats.
  public var threshold: Float
  /// How codes become numbers again.
  public var arithmetic: Arithmetic

  /// The method with a threshold; 6 is the paper's.
  ///
  /// - Parameters:
  ///   - threshold: Above 0.
  ///   - arithmetic: How codes become numbers again.
  public init(threshold: Float = 6, arithmetic: Arithmetic = .exact) {
    self.threshold = threshold
    self.arithmetic = arithmetic
  }

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
      switch arithmetic {
      case .exact:
        Float(
          Double(product[row, column])
            * (Double(inputs.codes.scales[row]) * Double(weight.codes.scales[column])))
      case .bitsandbytes:
        Float(product[row, column]) * (inputs.largest[row] * weight.largest[column])
          * Self.perProduct
      }
    }
    guard !inputs.outlierColumns.isEmpty else { return ordinary }
    let columns = inputs.outlierColumns
    let kept = activations.selectingColumns(columns)
    let decoded = Matrix(rows: weight.codes.rows, columns: columns.count) { row, place in
      weight.value(row: row, column: columns[place], arithmetic)
    }
    return ordinary + kept.multiplyingTransposed(decoded)
  }
}
