internal import Models
internal import Quantization
internal import Tensors

/// A block taken apart into numbers that stages change.
struct BlockParts {
  let index: Int
  let shape: ModelConfiguration
  var attentionNorm: NormalizationLayer
  var feedForwardNorm: NormalizationLayer
  private(set) var weights: [LinearLayerID.Role: Matrix] = [:]
  private(set) var biases: [LinearLayerID.Role: [Float]] = [:]
  /// The layers whose weight or bias is another.
  private(set) var changed: Set<LinearLayerID.Role> = []
  var coordinates: [LinearLayerID.Role: LayerCoordinates] = [:]

  /// Layers that share their input.
  enum Readers: CaseIterable {
    case attention, attentionOutput, feedForward, down

    var roles: [LinearLayerID.Role] {
      switch self {
      case .attention: [.query, .key, .value]
      case .attentionOutput: [.attentionOutput]
      case .feedForward: [.gate, .up]
      case .down: [.down]
      }
    }
  }

  /// Copies a block's numbers.
  init(_ model: Transformer, _ index: Int, coordinates: ModelCoordinates) {
    self.index = index
    shape = model.configuration
    let block = model.blocks[index]
    attentionNorm = block.attentionNorm
    feedForwardNorm = block.feedForwardNorm
    for (role, layer) in block.linear {
      weights[role] = layer.weight
      biases[role] = layer.bias
      self.coordinates[role] = coordinates[LinearLayerID(block: index, role: role)]
    }
  }

  /// The roles of readers that the block has.
  func roles(_ readers: Readers) -> [LinearLayerID.Role] {
    readers.roles.filter { weights[$0] != nil }
  }

  /// The weights of readers.
  func weights(_ readers: Readers) -> [Matrix] { roles(readers).compactMap { weights[$0] } }

  /// The norm whose output they read, and nothing else does.
  subscript(norm readers: Readers) -> NormalizationLayer {
    get { readers == .attention ? attentionNorm : feedForwardNorm }
    set {
      if readers == .attention { attentionNorm = newValue } else { feedForwardNorm = newValue }
    }
  }

  /// Replaces a layer's weight.
  mutating func change(_ role: LinearLayerID.Role, _ body: (Matrix) -> Matrix) {
    guard let weight = weights[role] else { return }
    weights[role] = body(weight)
    changed.insert(role)
  }

  /// Replaces a layer's bias, if it has one.
  mutating func changeBias(_ role: LinearLayerID.Role, _ body: ([Float]) -> [Float]) {
    guard let bias = biases[role] else { return }
    biases[role] = body(bias)
    changed.insert(role)
  }

  /// Puts the numbers in a model's block.
  func install(in model: inout Transformer) throws(PipelineError) {
    try asModelWork { () throws(ModelError) in
      try model.replace(.attentionNorm(block: index), with: attentionNorm)
      try model.replace(.feedForwardNorm(block: index), with: feedForwardNorm)
      for role in changed {
        guard let weight = weights[role] else { continue }
        try model.replace(
          LinearLayerID(block: index, role: role),
          with: DenseLayer(DenseWeight(weight), bias: biases[role]))
      }
    }
  }

  /// Refuses numbers that left single precision, by the layer's name.
  func requireFinite(_ model: Transformer, _ stage: FoldStage) throws(PipelineError) {
    for role in changed {
      guard let weight = weights[role] else { continue }
      let isFinite =
        weight.elements.allSatisfy(\.isFinite) && (biases[role] ?? []).allSatisfy(\.isFinite)
      if !isFinite {
        let name = model.tensorName(of: LinearLayerID(block: index, role: role))
        throw .request(
          "\(name): \(stage.name) takes it out of single precision; its channels are too unlike each other for it"
        )
      }
    }
    for norm in [attentionNorm, feedForwardNorm] {
      guard norm.gain.allSatisfy(\.isFinite), (norm.offset ?? []).allSatisfy(\.isFinite) else {
        throw .request("block \(index): \(stage.name) takes a norm out of single precision")
      }
    }
  }
}
