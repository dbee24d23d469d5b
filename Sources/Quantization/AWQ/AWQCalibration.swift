public import Tensors

/// What AWQ wants to know about a layer's inputs.
public struct AWQCalibration: Sendable {
  /// How many tokens the search for clips looks at.
  static let clipTokens = 512

  /// x̄ = mean |x|, one an input channel: how much a channel has to say.
  public let meanMagnitudes: [Float]
  /// What a change of the weight does to the outputs.
  public let loss: OutputLoss
  private let source: Source

  private enum Source {
    case inputs(Matrix)
    case products(DoubleMatrix)
  }

  /// From inputs at hand.
  ///
  /// - Parameter activations: Xᵀ, shape [tokens, in].
  /// - Throws: `QuantizationError.empty`, or `.notFinite` naming the element.
  public init(activations: Matrix) throws(QuantizationError) {
    guard !activations.isEmpty else {
      throw .empty(name: "activations", rows: activations.rows, columns: activations.columns)
    }
    try activations.requireFinite(named: "activations")
    meanMagnitudes = activations.columnMeanMagnitudes
    loss = OutputLoss(activations: activations)
    source = .inputs(activations)
  }

  /// From sums over inputs.
  ///
  /// - Parameter statistics: Sums over at least one token.
  /// - Throws: `QuantizationError.empty`.
  public init(statistics: InputStatistics) throws(QuantizationError) {
    guard statistics.tokens > 0 else {
      throw .empty(name: "activations", rows: 0, columns: statistics.columns)
    }
    meanMagnitudes = statistics.meanMagnitudes
    loss = OutputLoss(statistics: statistics)
    source = .products(statistics.hessian)
  }

  /// The number of input channels.
  public var columns: Int { meanMagnitudes.count }

  /// Σ x xᵀ / n over a run of neighbouring channels, from at most 512 tokens where they are at hand.
  ///
  /// Tokens are then taken at even distances, the first one included.
  func products(of channels: Range<Int>) -> Matrix {
    switch source {
    case .inputs(let activations):
      let step = (activations.rows + Self.clipTokens - 1) / Self.clipTokens
      let rows = Array(stride(from: 0, to: activations.rows, by: step))
      let kept = step == 1 ? activations : activations.selectingRows(rows)
      return (1 / Float(rows.count)) * kept.columns(in: channels).gramOfColumns()
    case .products(let hessian):
      return Matrix(rows: channels.count, columns: channels.count) { row, column in
        Float(hessian[channels.lowerBound + row, channels.lowerBound + column] / 2)
      }
    }
  }
}
