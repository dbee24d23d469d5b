internal import Tensors

/// How far a result is from the layer it stands for.
public struct LayerErrors: Hashable, Sendable {
  /// The mean squared error of the weights.
  public let weightMSE: Double
  /// The power of the weights over that of their error, in decibels; see
  /// `signalToNoise(against:)` for its infinities.
  public let sqnr: Double
  /// E = ‖WX − Y‖², where there are activations; Y is ŴX, with the bias correction where there is one,
  /// or what a method that quantizes activations as well computes in its place.
  public let outputError: Double?
  /// E over ‖WX‖², where there are activations.
  public let relativeOutputError: Double?
  /// ‖WX − ŴX‖², the part of the weights alone, where a method quantizes activations as well or its
  /// bias was corrected.
  public let weightOutputError: Double?

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
    var whole: OutputError?
    if let activations = input.activations {
      if let computed = result.output {
        whole = OutputError(
          exact: activations.multiplyingTransposed(input.weight), approximation: computed)
      } else if let bias = result.biasCorrection {
        whole = OutputError(
          weight: input.weight, approximation: result.dequantized, bias: bias,
          activations: activations)
      }
    }
    outputError = whole?.squared ?? output?.squared
    relativeOutputError = whole?.relative ?? output?.relative
    weightOutputError = whole == nil ? nil : output?.squared
  }
}
