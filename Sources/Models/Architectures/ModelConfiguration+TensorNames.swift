internal import Tensors

extension ModelConfiguration {
  /// The linear layers of all blocks, in the order of the forward pass.
  public var linearLayers: [LinearLayerID] {
    (0..<layerCount).flatMap { block in
      LinearLayerID.Role.allCases.filter { $0 != .gate || isGated }
        .map { LinearLayerID(block: block, role: $0) }
    }
  }

  /// The name that Hugging Face's checkpoints of the family give a linear layer's weight.
  ///
  /// For planning, where there are no tensors yet; a model that is open knows its own names.
  ///
  /// - Parameter id: Which layer.
  /// - Returns: The name.
  public func usualTensorName(of id: LinearLayerID) -> String {
    TensorNames(family, in: NoTensors()).linear(id).name + ".weight"
  }
}

/// A source of nothing, in which the usual names are looked for in vain and so taken.
private struct NoTensors: TensorSource {
  let path = ""
  let names: [String] = []
  func info(_ name: String) -> (shape: [Int], type: String)? { nil }
  func matrix(_ name: String) throws(ModelError) -> Matrix { throw missing(name) }
}
