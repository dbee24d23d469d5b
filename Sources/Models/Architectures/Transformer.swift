/// A decoder-only language model: tokens in, logits of the next token out.
///
/// A value: replacing a layer of a copy leaves the original as it was, and weights are shared. Computing
/// is a method that changes nothing, so one model may serve several threads at once.
public struct Transformer: Sendable {
  /// The model's shape.
  public internal(set) var configuration: ModelConfiguration
  /// The blocks, in order.
  public internal(set) var blocks: [TransformerBlock]
  /// The vector of every token, (vocabulary, embedding size).
  public internal(set) var embedding: any WeightMatrix
  /// What makes logits of the last vectors; the embedding itself if the model ties them.
  public internal(set) var head: any LinearLayer

  var positionTable: (any WeightMatrix)?
  var projectionIn: (any LinearLayer)?
  var projectionOut: (any LinearLayer)?
  var finalNorm: NormalizationLayer?
  let frequencies: [Float]
  let names: TensorNames
  let workspaces = WorkspacePool()

  /// The linear layers of all blocks, in the order of the forward pass.
  public var linearLayers: [LinearLayerID] {
    blocks.indices.flatMap { block in
      LinearLayerID.Role.allCases.filter { blocks[block].linear[$0] != nil }
        .map { LinearLayerID(block: block, role: $0) }
    }
  }

  /// One of the linear layers.
  ///
  /// - Parameter id: Which.
  /// - Returns: The layer; nil if there is none.
  public func layer(_ id: LinearLayerID) -> (any LinearLayer)? {
    blocks.indices.contains(id.block) ? blocks[id.block].linear[id.role] : nil
  }

  /// The name a linear layer's weight has in the checkpoint.
  ///
  /// - Parameter id: Which layer.
  /// - Returns: The name; GPT-2's queries, keys and values, which share a tensor, share its name.
  public func tensorName(of id: LinearLayerID) -> String {
    names.linear(id).name + ".weight"
  }

  /// Puts another layer, a quantized one for example, in a layer's place.
  ///
  /// - Parameters:
  ///   - id: Which layer.
  ///   - layer: The layer that takes its place, of the same shape.
  /// - Throws: `ModelError.noSuchLayer` or `.replacementShape`.
  public mutating func replace(
    _ id: LinearLayerID, with layer: any LinearLayer
  ) throws(ModelError) {
    guard let old = self.layer(id) else {
      throw .noSuchLayer(name: "\(id.role.rawValue) of block \(id.block)", nearest: [])
    }
    guard old.outputs == layer.outputs, old.inputs == layer.inputs else {
      throw .replacementShape(
        name: tensorName(of: id), outputs: layer.outputs, inputs: layer.inputs,
        expected: [old.outputs, old.inputs])
    }
    blocks[id.block].linear[id.role] = layer
  }

  /// Puts another layer in the place of the output head.
  ///
  /// - Parameter layer: (vocabulary, embedding size).
  /// - Throws: `ModelError.replacementShape`.
  public mutating func replaceHead(with layer: any LinearLayer) throws(ModelError) {
    guard head.outputs == layer.outputs, head.inputs == layer.inputs else {
      throw .replacementShape(
        name: "the output head", outputs: layer.outputs, inputs: layer.inputs,
        expected: [head.outputs, head.inputs])
    }
    head = layer
  }

  /// The bytes that computing one token reads: every weight but the embedding's other rows.
  public var bytesPerToken: Int {
    blocks.reduce(head.byteCount) { sum, block in
      block.linear.values.reduce(sum) { $0 + $1.byteCount }
    }
  }
}
