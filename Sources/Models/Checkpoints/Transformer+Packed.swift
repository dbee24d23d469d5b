extension Transformer {
  /// How many of the blocks' linear layers are computed from packed codes.
  public var packedLayerCount: Int {
    linearLayers.count { id in
      layer(id).map { $0 is PackedGroupLinear || $0 is PackedBlockLinear } ?? false
    }
  }
}
