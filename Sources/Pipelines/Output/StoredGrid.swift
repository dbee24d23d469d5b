internal import Quantization

/// The grid of a stored layer, as formats describe it in `config.json`.
public struct StoredGrid: Codable, Hashable, Sendable {
  /// The width of a code.
  public let bits: Int
  /// The inputs that share a scale, as many as there are for the whole row.
  public let groupSize: Int
  /// Whether real zero is the middle code everywhere.
  public let isSymmetric: Bool
  /// Whether groups are runs of neighbours.
  public let groupsAreRuns: Bool

  init(_ layer: AffineLayer) {
    bits = layer.bits
    groupSize = layer.columns / layer.groupCount
    isSymmetric = layer.isSymmetric
    groupsAreRuns = layer.groupsAreRuns
  }
}

extension PipelineError {
  /// A layer that is none of affine grids, as one that a format cannot hold.
  static func cannotStore(_ layer: String, _ format: String, _ error: AffineLayerError) -> Self {
    .cannotStore(layer: layer, format: format, reason: "\(error)")
  }
}

/// What a file holds of a layer on affine grids, all told: `bits` of every tensor over the weights.
func storedBits(_ tensors: [StoredTensor], weights: Int) -> Double {
  Double(tensors.reduce(0) { $0 + $1.bytes.count } * 8) / Double(weights)
}
