/// Which linear layer of which block.
public struct LinearLayerID: Hashable, Sendable {
  /// What a linear layer does in its block.
  public enum Role: String, CaseIterable, Sendable {
    /// Makes queries.
    case query
    /// Makes keys.
    case key
    /// Makes values.
    case value
    /// Joins the heads.
    case attentionOutput
    /// The gate of a gated feed-forward layer.
    case gate
    /// Widens: OPT's fc1, GPT-2's c_fc.
    case up
    /// Narrows: OPT's fc2, GPT-2's c_proj.
    case down
  }

  /// The block, counted from 0.
  public let block: Int
  /// The layer in it.
  public let role: Role

  /// Names a layer.
  ///
  /// - Parameters:
  ///   - block: The block, counted from 0.
  ///   - role: The layer in it.
  public init(block: Int, role: Role) {
    self.block = block
    self.role = role
  }
}

/// What a linear layer, or several that share their input, were given in a forward pass.
///
/// Lent for the duration of a call: copy what is to be kept.
public struct LayerInputs {
  /// The layers.
  public let layers: [LinearLayerID]
  /// The rows, one a token, `columns` numbers each.
  public let values: UnsafeBufferPointer<Float>
  /// The number of rows.
  public let rows: Int
  /// The number of columns: the layers' inputs.
  public let columns: Int
}
