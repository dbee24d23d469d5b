public import Tensors

/// ZeroQuant: weights in symmetric groups along a row, inputs in int8 token by token.
///
/// No data is needed beforehand: a token's grid is read off the token. Source: Yao et al. 2022,
/// arXiv:2206.01861, section 4.1 (its layer-by-layer distillation is training and not part of this).
public struct ZeroQuant: Hashable, Sendable {
  /// The width of a weight's code: 8 or 4 in the paper, 2 to 8 here.
  public var bits: Int
  /// How many neighbours in a row share a scale; 0 for the whole row.
  public var groupSize: Int
  /// The grid of a token's inputs.
  public var activationSymmetry: Symmetry

  /// The settings.
  ///
  /// - Parameters:
  ///   - bits: The width of a weight's code.
  ///   - groupSize: How many neighbours in a row share a scale.
  ///   - activationSymmetry: `.symmetric()` or `.asymmetric`, 8 bits either way.
  public init(
    bits: Int = 8, groupSize: Int = 128, activationSymmetry: Symmetry = .symmetric(.restricted)
  ) {
    self.bits = bits
    self.groupSize = groupSize
    self.activationSymmetry = activationSymmetry
  }

  /// W in groups.
  ///
  /// - Parameters:
  ///   - weight: Shape [out, in].
  ///   - threads: How many threads to use.
  /// - Returns: Codes with a scale a group.
  /// - Throws: What `Matrix.roundedToNearest(_:threads:)` throws.
  public func quantized(
    _ weight: Matrix, threads: Int? = nil
  ) throws(QuantizationError) -> QuantizedMatrix {
    try weight.roundedToNearest(
      QuantizationScheme(
        bits: bits, symmetry: .symmetric(.restricted), granularity: .group(groupSize)),
      threads: threads)
  }

  /// The quantizer of the inputs: 8 bits, a grid a token.
  public var activationQuantizer: ActivationQuantizer {
    ActivationQuantizer(bits: 8, symmetry: activationSymmetry, sharing: .token)
  }
}
