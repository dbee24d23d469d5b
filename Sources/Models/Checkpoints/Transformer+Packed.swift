internal import Quantization
internal import Tensors

extension Transformer {
  /// Opens a model whose linear layers are stored as codes, and keeps them packed, as it would be served.
  ///
  /// ``init(path:keepsBlocks:withoutOutliers:)`` decodes such layers, which is what measuring quality needs: the
  /// numbers are the same, the memory is that of single precision. Here products are computed with the codes
  /// themselves, a ``PackedGroupLinear`` each. The layers are decoded on the way, so that opening takes the memory
  /// of the decoded model.
  ///
  /// - Parameter path: A folder; any other model, and layers whose groups are not runs of a multiple of 32
  ///   columns, are opened as by the other initializer.
  /// - Throws: `ModelError`, which says what is missing or wrong, and where.
  public init(packedAt path: String) throws(ModelError) {
    try self.init(path: path)
    let checkpoint: Checkpoint
    do {
      checkpoint = try Checkpoint(path: path)
    } catch {
      throw ModelError(error)
    }
    if checkpoint.format == .llama2c || checkpoint.format == .gguf { return }
    guard let storage = try QuantizedStorage(path: path + "/config.json") else { return }
    let source = QuantizedCheckpoint(checkpoint, storage)
    for id in linearLayers {
      guard let old = layer(id), let codes = try source.codes(tensorName(of: id)),
        codes.rows == old.outputs, codes.columns == old.inputs,
        let weight = try? GroupWeight(codes)
      else { continue }
      try replace(id, with: weight.layer(bias: old.bias))
    }
  }

  /// How many of the blocks' linear layers are computed from packed codes.
  public var packedLayerCount: Int {
    linearLayers.count { id in
      layer(id).map { $0 is PackedGroupLinear || $0 is PackedBlockLinear } ?? false
    }
  }
}
