public import Tensors

/// SmoothQuant: part of the inputs' unevenness moved into the weights, so that both fit eight bits.
///
/// s = max|x|^α / max|W|^(1−α) a channel: α = 0 leaves the weights' columns equally large and the inputs
/// as uneven as they are, α = 1 the reverse, and α = ½ gives both the same largest magnitude, channel by
/// channel. Source: Xiao et al. 2022, arXiv:2211.10438, equation 4.
public struct SmoothQuant: Hashable, Sendable {
  /// What a largest weight counts as at least.
  static let smallestWeight: Float = 1e-5
  /// What a scale is at least.
  static let smallestScale = 1e-5

  /// α, the share of the unevenness that moves; 0 to 1.
  public var alpha: Double
  /// The width of a code, of weights and of inputs.
  public var bits: Int
  /// How inputs get their scales: a token, a tensor (both dynamic), or static.
  public var activationScaling: ActivationScaling

  /// The settings; the defaults are the paper's.
  ///
  /// - Parameters:
  ///   - alpha: The migration exponent.
  ///   - bits: The width of a code, 2 to 8.
  ///   - activationScaling: How inputs get their scales.
  public init(alpha: Double = 0.5, bits: Int = 8, activationScaling: ActivationScaling = .token) {
    self.alpha = alpha
    self.bits = bits
    self.activationScaling = activationScaling
  }

  /// s for all layers that read the same inputs.
  ///
  /// A channel that was always zero gets the smallest scale there is, 10⁻⁵, for α > 0: as good as
  /// pruned, since no input shows what it would be worth.
  ///
  /// - Parameters:
  ///   - largestInputs: max|x|, one an input channel.
  ///   - consumers: The weights, [out, in] each; all share s.
  /// - Returns: s, one an input channel.
  /// - Throws: `QuantizationError.parameter` for an α outside 0 to 1, `.countMismatch`, `.notFinite`.
  public func scales(
    largestInputs: [Float], consumers: [Matrix]
  ) throws(QuantizationError) -> ChannelScales {
    guard (0...1).contains(alpha) else {
      throw .parameter(name: "alpha", value: alpha, expected: "0 to 1")
    }
    var largestWeights = [Float](repeating: 0, count: largestInputs.count)
    for weight in consumers {
      guard weight.columns == largestInputs.count else {
        throw .countMismatch(
          what: "input channels", found: largestInputs.count, expected: weight.columns)
      }
      try weight.requireFinite(named: "weight")
      for (column, largest) in weight.columnMaximumMagnitudes.enumerated() {
        largestWeights[column] = max(largestWeights[column], largest)
      }
    }
    let values = zip(largestInputs, largestWeights).map { (input, weight) in
      let moved =
        power(Double(input), alpha)
        / power(Double(max(weight, Self.smallestWeight)), 1 - alpha)
      return Float(max(moved, Self.smallestScale))
    }
    return try ChannelScales(values)
  }

  /// W·diag(s) with one scale a row, restricted symmetric.
  ///
  /// - Parameters:
  ///   - weight: Shape [out, in].
  ///   - scales: What ``scales(largestInputs:consumers:)`` chose.
  ///   - threads: How many threads to use.
  /// - Returns: The codes of W·diag(s), one scale a row.
  /// - Throws: `QuantizationError.bits`, or `.notFinite` where a scaled weight leaves float32.
  public func quantized(
    _ weight: Matrix, scales: ChannelScales, threads: Int? = nil
  ) throws(QuantizationError) -> QuantizedMatrix {
    let scaled = scales.multiplied(into: weight)
    try scaled.requireFinite(named: "weight × scale")
    try scaled.requireRoom(named: "weight × scale")
    return try scaled.roundedToNearest(
      QuantizationScheme(
        bits: bits, symmetry: .symmetric(.restricted), granularity: .channel),
      threads: threads)
  }

  /// The quantizer of x ÷ s.
  ///
  /// - Parameters:
  ///   - largestInputs: max|x| a channel, from which a static grid takes its range.
  ///   - scales: s.
  /// - Returns: Dynamic by token or tensor, or static on the largest magnitude seen.
  /// - Throws: `QuantizationError.bits`.
  public func activationQuantizer(
    largestInputs: [Float], scales: ChannelScales
  ) throws(QuantizationError) -> ActivationQuantizer {
    switch activationScaling {
    case .token: return ActivationQuantizer(bits: bits, sharing: .token)
    case .tensor: return ActivationQuantizer(bits: bits, sharing: .tensor)
    case .fixed:
      let largest = zip(largestInputs, scales.values).map { $0 / $1 }.max() ?? 0
      return try ActivationQuantizer(largestMagnitude: largest, bits: bits)
    }
  }

  /// One layer, smoothed and quantized, weights and inputs both.
  ///
  /// - Parameters:
  ///   - weight: Shape [out, in].
  ///   - activations: What it sees, shape [tokens, in]; a static grid is fixed on these as well.
  /// - Returns: Scales, codes and the outputs computed with them.
  /// - Throws: What the steps throw.
  public func layer(
    _ weight: Matrix, activations: Matrix
  ) throws(QuantizationError) -> SmoothedLayer {
    try activations.requireFinite(named: "activations")
    let largest = activations.columnMaximumMagnitudes
    let scales = try scales(largestInputs: largest, consumers: [weight])
    let quantized = try quantized(weight, scales: scales)
    let quantizer = try activationQuantizer(largestInputs: largest, scales: scales)
    let output = try quantizer.output(of: quantized, on: scales.divided(outOf: activations))
    return SmoothedLayer(
      alpha: alpha, scales: scales, weight: quantized, activationQuantizer: quantizer,
      output: output)
  }

  /// The same layer for several exponents: data for a curve.
  ///
  /// - Parameters:
  ///   - alphas: The exponents to try.
  ///   - weight: Shape [out, in].
  ///   - activations: Shape [tokens, in].
  /// - Returns: One point an exponent, in their order.
  /// - Throws: What ``layer(_:activations:)`` throws.
  public func sweep(
    _ alphas: [Double], weight: Matrix, activations: Matrix
  ) throws(QuantizationError) -> [MigrationPoint] {
    let exact = activations.multiplyingTransposed(weight)
    var points: [MigrationPoint] = []
    for alpha in alphas {
      var settings = self
      settings.alpha = alpha
      let layer = try settings.layer(weight, activations: activations)
      points.append(
        MigrationPoint(
          alpha: alpha, error: OutputError(exact: exact, approximation: layer.output),
          weightError: OutputError(
            weight: weight, approximation: layer.dequantized, activations: activations)))
    }
    return points
  }
}

/// What SmoothQuant makes of one layer.
public struct SmoothedLayer: Sendable {
  /// α.
  public let alpha: Double
  /// s.
  public let scales: ChannelScales
  /// W·diag(s) in integers, one scale a row.
  public let weight: QuantizedMatrix
  /// What turns x ÷ s into integers.
  public let activationQuantizer: ActivationQuantizer
  /// The layer's outputs, computed in integers, shape [tokens, out].
  public let output: Matrix

  /// Ŵ in its own units: decoded, and divided by s.
  public var dequantized: Matrix { scales.divided(outOf: weight.dequantized()) }
}

/// One exponent of a sweep and what it costs.
public struct MigrationPoint: Hashable, Sendable {
  /// α.
  public let alpha: Double
  /// The error of the outputs, weights and inputs both quantized.
  public let error: OutputError
  /// The part of the weights alone.
  public let weightError: OutputError
}
