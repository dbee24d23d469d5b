/// One block: attention, then a feed-forward layer, each around a residual.
public struct TransformerBlock: Sendable {
  /// The norm of the attention's input, or of its sum in post-norm models.
  public internal(set) var attentionNorm: NormalizationLayer
  /// The norm of the feed-forward layer's input, or of its sum in post-norm models.
  public internal(set) var feedForwardNorm: NormalizationLayer
  /// The linear layers, by role; `gate` only in gated models.
  public internal(set) var linear: [LinearLayerID.Role: any LinearLayer]

  /// A layer that is known to be there: loading has made sure.
  subscript(role: LinearLayerID.Role) -> any LinearLayer {
    guard let layer = linear[role] else { preconditionFailure("a block without \(role.rawValue)") }
    return layer
  }
}
