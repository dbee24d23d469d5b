internal import Tensors

/// How far a result is from the layer it stands for.
public struct LayerErrors: Hashable, Sendable {
  /// The mean squared error of the weights.
  public let weightMSE: Double
  /// The power of the weights over that of their error, in decibels; see
  /// `signalToNoise(against:)` for its infinities.
  public let sqnr: Double
  /// E = ‖WX − ŴX‖², where there are activations.
  public let outputError: Double?
  /// E over ‖WX‖², where there are activations.
  public let relativeOutputError: Double?

  /// Measures a result.
  ///
  /// - Parameters:
  ///   - input: The layer.
  ///   - result: What became of it.
  public init(_ input: LayerInput, _ result: LayerResult) {
    let sums = PairedSums(result.dequantized, input.weight)
    weightMSE = sums.squaredDifference / Double(sums.count)
    sqnr = Decibels.ratio(signal: sums.squaredSecond, noise: sums.squaredDifference)
    let output = input.activations.map {
      OutputError(weight: input.weight, approximation: result.dequantized, activations: $0)
    }
    outputError = output?.squared
    relativeOutputError = output?.relative
  }
}
