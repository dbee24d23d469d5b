public import Tensors

extension ChannelScales {
  /// The scales that give a hidden channel the same largest weight on its way in and on its way out.
  ///
  /// With r¹ the largest magnitude in a row of the first weight and r² that in the same column of the
  /// second, s = √(r¹/r²): the first weight's row ÷ s and the second's column × s both end at √(r¹r²).
  /// A channel without weights on either side keeps 1. Source: Nagel et al. 2019, arXiv:1906.04721,
  /// equation 11.
  ///
  /// - Parameters:
  ///   - first: Shape [hidden, in].
  ///   - second: Shape [out, hidden].
  /// - Returns: s, one a hidden channel.
  /// - Throws: `QuantizationError.countMismatch`, `.notFinite`.
  public static func equalizing(
    _ first: Matrix, _ second: Matrix
  ) throws(QuantizationError) -> ChannelScales {
    guard first.rows == second.columns else {
      throw .countMismatch(
        what: "outputs of the layer before", found: first.rows, expected: second.columns)
    }
    try first.requireFinite(named: "first weight")
    try second.requireFinite(named: "second weight")
    let ranges = zip(first.rowMaximumMagnitudes, second.columnMaximumMagnitudes)
    return ChannelScales(
      trusted: ranges.map { (into, out) in
        let scale = Float((Double(into) / Double(out)).squareRoot())
        return into > 0 && scale.isNormal ? scale : 1
      })
  }
}

/// A chain of linear layers with ReLU between them, every pair of neighbours equalised.
///
/// Equalising one pair disturbs the next, so pairs are visited in turn until no scale is further from
/// 1 than the tolerance. The chain's function does not change: relu(a/s) = relu(a)/s. Source: Nagel et
/// al. 2019, arXiv:1906.04721, section 4.1.
public struct EqualizedChain: Sendable {
  /// The layers, first to last.
  public let layers: [LinearLayer]
  /// How many rounds over all pairs were made.
  public let rounds: Int
  /// The largest |s − 1| of the last round.
  public let lastChange: Float

  /// Equalises a chain.
  ///
  /// - Parameters:
  ///   - layers: First to last, a ReLU between each two.
  ///   - tolerance: The |s − 1| that is small enough to stop.
  ///   - rounds: How many rounds to make at most.
  /// - Throws: `QuantizationError.countMismatch` where neighbours do not fit, `.notFinite`.
  public init(
    _ layers: [LinearLayer], tolerance: Float = 1e-4, rounds: Int = 100
  ) throws(QuantizationError) {
    var chain = layers
    var made = 0
    var change: Float = 0
    while made < rounds, chain.count > 1 {
      made += 1
      change = 0
      for index in 1..<chain.count {
        let scales = try ChannelScales.equalizing(chain[index - 1].weight, chain[index].weight)
        chain[index - 1] = try scales.folded(into: chain[index - 1])
        chain[index].weight = scales.multiplied(into: chain[index].weight)
        for scale in scales.values { change = max(change, abs(scale - 1)) }
      }
      if change <= tolerance { break }
    }
    self.layers = chain
    self.rounds = made
    lastChange = change
  }
}
