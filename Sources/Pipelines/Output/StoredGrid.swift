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
  /// A layer that is none of affine grids, as one that a format cannot hold, with the way out.
  ///
  /// `isScaled` says whether its inputs are divided by scales first.
  static func cannotStore(
    _ plan: LayerPlan, _ format: String, _ error: AffineLayerError, isScaled: Bool
  ) -> Self {
    let remedy =
      switch error {
      case .doesNotTile:
        "keep the layer, or take --format compressed-tensors or dequantized, which have no such words"
      case .malformed:
        "ask for what the format holds, or take --format compressed-tensors or dequantized"
      case .notAffine:
        isScaled && ["awq", "smoothquant"].contains(plan.rule?.method.name)
          ? "fold them into the model, --fold \(plan.rule?.method.name ?? "awq") before --method rtn or gptq, or "
            + "take --format dequantized, which holds any method"
          : "use --method rtn, gptq or another whose codes lie on even grids, or --format dequantized, which "
            + "holds any method"
      }
    return .cannotStore(
      layer: ModuleNames.module(plan.name), format: format, reason: "\(error)", remedy: remedy)
  }
}

/// What a file holds of a layer on affine grids, all told: `bits` of every tensor over the weights.
func storedBits(_ tensors: [StoredTensor], weights: Int) -> Double {
  Double(tensors.reduce(0) { $0 + $1.bytes.count } * 8) / Double(weights)
}
