internal import Tensors

#if canImport(Glibc)
internal import Glibc
#endif

extension Transformer {
  /// Builds a model from a checkpoint's tensors.
  ///
  /// Every shape is checked against the configuration before a number is used, and a tensor of a block
  /// that the configuration does not speak of is refused. Weights stay where they are; only norms,
  /// biases and GPT-2's transposed weights are copied.
  ///
  /// - Parameters:
  ///   - configuration: The model's shape.
  ///   - source: The tensors.
  /// - Throws: `ModelError`.
  public init(
    _ configuration: ModelConfiguration, from source: some TensorSource
  ) throws(ModelError) {
    var loader = TensorLoader(source: source)
    var configuration = configuration
    let names = TensorNames(configuration.family, in: source)
    if let isInterleaved = names.isInterleaved,
      case .rotary(var rotary) = configuration.positions
    {
      rotary.layout = isInterleaved ? .interleaved : .halves
      configuration.positions = .rotary(rotary)
    }
    let hidden = configuration.hiddenSize
    let width = configuration.embeddingSize
    self.configuration = configuration
    self.names = names
    embedding = try loader.weight(
      names.embedding, [configuration.vocabularySize, width], "vocabulary × embedding size")
    switch configuration.positions {
    case .learned(let offset):
      positionTable = try loader.weight(
        names.positions, [configuration.contextLength + offset, hidden],
        offset == 0 ? "positions × hidden size" : "positions + \(offset) × hidden size")
      frequencies = []
    case .rotary(let rotary):
      positionTable = nil
      let plain = rotary.frequencies(headSize: configuration.headSize)
      if let name = names.frequencyDivisors, source.info(name) != nil {
        let divisors = try loader.vector(name, plain.count, "pairs of a head")
        frequencies = zip(plain, divisors).map { $0 / $1 }
      } else {
        frequencies = plain
      }
    }
    if width != hidden {
      projectionIn =
        try loader.weight(names.projectionIn, [hidden, width], "hidden × embedding size")
        .layer(bias: nil)
      projectionOut =
        try loader.weight(names.projectionOut, [width, hidden], "embedding × hidden size")
        .layer(bias: nil)
    } else {
      projectionIn = nil
      projectionOut = nil
    }
    var blocks: [TransformerBlock] = []
    for index in 0..<configuration.layerCount {
      blocks.append(try loader.block(index, configuration, names))
    }
    self.blocks = blocks
    finalNorm =
      configuration.hasFinalNorm ? try loader.norm(names.finalNorm, configuration) : nil
    let last =
      configuration.tiesEmbeddings
      ? embedding
      : try loader.weight(
        names.head, [configuration.vocabularySize, width], "vocabulary × embedding size")
    head = last.layer(bias: nil)
    if configuration.tiesEmbeddings { try loader.requireTied(names.head, to: names.embedding) }
    try loader.requireNothingElse(names)
  }
}

/// Takes tensors out of a source, each with the shape it must have.
struct TensorLoader<Source: TensorSource> {
  let source: Source
  private var used: Set<String> = []
  private var shared: (name: String, weight: DenseWeight)?

  init(source: Source) { self.source = source }

  /// A weight in place or packed, or converted where its type or its address does not allow that.
  mutating func weight(
    _ name: String, _ shape: [Int], _ meaning: String
  ) throws(ModelError) -> any WeightMatrix {
    try require(name, shape, meaning)
    if let blocks = source.blocks(name) {
      return BlockWeight(blocks, rows: shape[0], columns: shape[1])
    }
    if let packed = try source.packed(name) { return packed }
    if let stored = source.inPlace(name) {
      return DenseWeight(stored, rows: shape[0], columns: shape[1])
    }
    return DenseWeight(try source.matrix(name))
  }

  mutating func vector(
    _ name: String, _ count: Int, _ meaning: String
  ) throws(ModelError) -> [Float] {
    try require(name, [count], meaning)
    return try source.matrix(name).elements
  }

  mutating func norm(
    _ name: String, _ configuration: ModelConfiguration
  ) throws(ModelError) -> NormalizationLayer {
    let width = configuration.hiddenSize
    let gain = try vector(name + ".weight", width, "hidden size")
    guard case .layerNorm = configuration.normalization else {
      return NormalizationLayer(kind: configuration.normalization, gain: gain)
    }
    return NormalizationLayer(
      kind: configuration.normalization, gain: gain,
      offset: try vector(name + ".bias", width, "hidden size"))
  }

  mutating func block(
    _ index: Int, _ configuration: ModelConfiguration, _ names: TensorNames
  ) throws(ModelError) -> TransformerBlock {
    var linear: [LinearLayerID.Role: any LinearLayer] = [:]
    for role in LinearLayerID.Role.allCases where role != .gate || configuration.isGated {
      linear[role] = try layer(LinearLayerID(block: index, role: role), configuration, names)
    }
    return TransformerBlock(
      attentionNorm: try norm(names.attentionNorm(index), configuration),
      feedForwardNorm: try norm(names.feedForwardNorm(index), configuration), linear: linear)
  }

  private mutating func layer(
    _ id: LinearLayerID, _ configuration: ModelConfiguration, _ names: TensorNames
  ) throws(ModelError) -> any LinearLayer {
    let (name, third) = names.linear(id)
    let shape = configuration.shape(of: id.role)
    let hasBias = configuration.hasBias(id.role)
    if configuration.family == .gpt2 {
      return try transposedLayer(name, third: third, shape)
    }
    return try weight(name + ".weight", [shape.outputs, shape.inputs], "outputs × inputs")
      .layer(bias: hasBias ? vector(name + ".bias", shape.outputs, "outputs") : nil)
  }

  /// GPT-2 stores (inputs, outputs), and queries, keys and values side by side: turned once, then split.
  private mutating func transposedLayer(
    _ name: String, third: Int?, _ shape: (outputs: Int, inputs: Int)
  ) throws(ModelError) -> DenseLayer {
    let parts = third == nil ? 1 : 3
    let outputs = shape.outputs * parts
    if shared?.name != name {
      try require(name + ".weight", [shape.inputs, outputs], "inputs × outputs")
      shared = (name, DenseWeight(try source.matrix(name + ".weight").transposed()))
    }
    guard let whole = shared?.weight else { preconditionFailure("nothing was turned") }
    let bias = try vector(name + ".bias", outputs, "outputs")
    let range = (third ?? 0) * shape.outputs..<((third ?? 0) + 1) * shape.outputs
    return DenseLayer(whole.rows(range), bias: Array(bias[range]))
  }

  private mutating func require(
    _ name: String, _ shape: [Int], _ meaning: String
  ) throws(ModelError) {
    guard let info = source.info(name) else { throw source.missing(name) }
    guard info.shape == shape else {
      throw .wrongShape(
        path: source.path, name: name, shape: info.shape, expected: shape, meaning: meaning)
    }
    used.insert(name)
  }

  /// Refuses a head of its own where the configuration says that it is the embedding.
  ///
  /// Many checkpoints store a tied head once more: the same numbers are no contradiction.
  func requireTied(_ head: String, to embedding: String) throws(ModelError) {
    guard source.names.contains(head), let own = source.info(head) else { return }
    guard own.shape == source.info(embedding)?.shape, try isSame(head, embedding) else {
      throw .contradiction(
        path: source.path,
        reason: "the configuration says that the head is the embedding, and \(head) is another "
          + "matrix than \(embedding); mend tie_word_embeddings, or remove the tensor")
    }
  }

  private func isSame(_ one: String, _ other: String) throws(ModelError) -> Bool {
    if let left = source.inPlace(one), let right = source.inPlace(other),
      left.element == right.element, left.byteCount == right.byteCount
    {
      return left.start == right.start || memcmp(left.start, right.start, left.byteCount) == 0
    }
    return try source.matrix(one) == source.matrix(other)
  }

  /// Refuses a checkpoint that holds more of the model than its configuration says.
  func requireNothingElse(_ names: TensorNames) throws(ModelError) {
    let others = source.names.filter {
      $0.hasPrefix(names.prefix) && !used.contains($0) && !names.isIgnored($0)
    }
    if !others.isEmpty { throw .unexpectedTensors(path: source.path, names: others) }
  }
}

extension ModelConfiguration {
  /// The shape of a linear layer's weight.
  public func shape(of role: LinearLayerID.Role) -> (outputs: Int, inputs: Int) {
    switch role {
    case .query: (queryWidth, hiddenSize)
    case .key, .value: (keyValueWidth, hiddenSize)
    case .attentionOutput: (hiddenSize, queryWidth)
    case .gate, .up: (feedForwardSize, hiddenSize)
    case .down: (hiddenSize, feedForwardSize)
    }
  }

  /// Whether a linear layer has a bias.
  public func hasBias(_ role: LinearLayerID.Role) -> Bool {
    switch role {
    case .query, .key, .value: hasQueryKeyValueBias
    case .attentionOutput: hasAttentionOutputBias
    case .gate, .up, .down: hasFeedForwardBias
    }
  }
}
