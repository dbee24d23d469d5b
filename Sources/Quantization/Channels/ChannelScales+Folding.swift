public import Tensors

/// A linear layer with its bias: y = W x + b.
public struct LinearLayer: Equatable, Sendable {
  /// W, shape [out, in].
  public var weight: Matrix
  /// b, one an output; zeros for a layer without one.
  public var bias: [Float]

  /// A layer from its parts.
  ///
  /// - Parameters:
  ///   - weight: Shape [out, in].
  ///   - bias: One an output (a precondition); nil for zeros.
  public init(weight: Matrix, bias: [Float]? = nil) {
    precondition(
      bias == nil || bias?.count == weight.rows,
      "\(bias?.count ?? 0) biases for \(weight.rows) outputs")
    self.weight = weight
    self.bias = bias ?? [Float](repeating: 0, count: weight.rows)
  }

  /// The outputs for inputs [tokens, in]: shape [tokens, out].
  ///
  /// - Parameter inputs: As many columns as the weight (a precondition).
  /// - Returns: W x + b for each token.
  public func callAsFunction(_ inputs: Matrix) -> Matrix {
    let products = inputs.multiplyingTransposed(weight)
    return Matrix(rows: products.rows, columns: products.columns) { row, column in
      products[row, column] + bias[column]
    }
  }
}

/// A normalisation's last step, y = γ ⊙ n + β, in front of a linear layer.
public struct NormalizationGain: Hashable, Sendable {
  /// γ, one a channel.
  public var gain: [Float]
  /// β, one a channel; empty for a normalisation without one, such as RMSNorm.
  public var offset: [Float]

  /// γ and β.
  ///
  /// - Parameters:
  ///   - gain: One a channel.
  ///   - offset: As many (a precondition), or none.
  public init(gain: [Float], offset: [Float] = []) {
    precondition(
      offset.isEmpty || offset.count == gain.count,
      "\(offset.count) offsets for \(gain.count) channels")
    self.gain = gain
    self.offset = offset
  }

  /// γ ⊙ n + β for normalised inputs [tokens, channels].
  ///
  /// - Parameter normalized: As many columns as there are channels (a precondition).
  /// - Returns: A matrix of the same shape.
  public func callAsFunction(_ normalized: Matrix) -> Matrix {
    precondition(
      normalized.columns == gain.count, "\(gain.count) gains for \(normalized.columns) channels")
    return Matrix(rows: normalized.rows, columns: normalized.columns) { row, column in
      normalized[row, column] * gain[column] + (offset.isEmpty ? 0 : offset[column])
    }
  }
}

// Dividing the inputs costs nothing at run time where the step before them can do it.
extension ChannelScales {
  /// The layer before, whose outputs come out divided by s: its rows and its bias ÷ s.
  ///
  /// Exact up to the rounding of one division a weight where the two layers touch, or where what lies
  /// between scales along, as ReLU does: relu(a/s) = relu(a)/s for s > 0. GELU and SiLU do not.
  ///
  /// - Parameter layer: With as many outputs as there are scales.
  /// - Returns: The layer to put in its place.
  /// - Throws: `QuantizationError.countMismatch`.
  public func folded(into layer: LinearLayer) throws(QuantizationError) -> LinearLayer {
    guard layer.weight.rows == count else {
      throw .countMismatch(
        what: "outputs of the layer before", found: layer.weight.rows, expected: count)
    }
    let weight = Matrix(rows: count, columns: layer.weight.columns) { row, column in
      layer.weight[row, column] / values[row]
    }
    return LinearLayer(weight: weight, bias: zip(layer.bias, values).map { $0 / $1 })
  }

  /// The normalisation before, whose outputs come out divided by s: γ and β ÷ s.
  ///
  /// - Parameter normalization: With as many channels as there are scales.
  /// - Returns: The normalisation to put in its place.
  /// - Throws: `QuantizationError.countMismatch`.
  public func folded(
    into normalization: NormalizationGain
  ) throws(QuantizationError) -> NormalizationGain {
    guard normalization.gain.count == count else {
      throw .countMismatch(what: "gains", found: normalization.gain.count, expected: count)
    }
    return NormalizationGain(
      gain: zip(normalization.gain, values).map { $0 / $1 },
      offset: zip(normalization.offset, values).map { $0 / $1 })
  }
}
