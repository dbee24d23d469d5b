/// Where each tensor of a model lies in one run of numbers.
///
/// Weights, gradients and both moments are four runs with this layout. What is computed together
/// lies together: a block's query, key and value weights follow each other and are one matrix of
/// `fusedWidth` rows, and so are Llama's gate and value weights.
struct ParameterLayout: Sendable, Equatable {
  /// A tensor under the name Hugging Face's `transformers` gives it.
  struct Tensor: Sendable, Equatable {
    /// How it begins.
    enum Start: Sendable, Equatable {
      /// Drawn from the normal distribution.
      case normal
      /// The same, made smaller with the number of blocks, since it ends in the residual stream.
      case residual
      case ones
      case zeros
    }

    let name: String
    let shape: [Int]
    let offset: Int
    let start: Start

    var count: Int { shape.reduce(1, *) }
    var range: Range<Int> { offset..<offset + count }
    /// Whether weight decay shrinks it: matrices, not norms and biases.
    var decays: Bool { shape.count == 2 }
  }

  /// Where the parts of one block begin; nil where the family has none.
  struct Block: Sendable, Equatable {
    var firstNorm = 0
    var firstShift: Int?
    var fused = 0
    var fusedBias: Int?
    var out = 0
    var outBias: Int?
    var secondNorm = 0
    var secondShift: Int?
    var up = 0
    var upBias: Int?
    var down = 0
    var downBias: Int?
  }

  private(set) var tensors: [Tensor] = []
  private(set) var blocks: [Block] = []
  private(set) var embedding = 0
  private(set) var positions: Int?
  private(set) var finalNorm = 0
  private(set) var finalShift: Int?
  private(set) var head = 0
  private(set) var count = 0

  /// Rows that OPT's table of positions has before the first position.
  static let positionOffset = 2

  init(_ shape: ModelShape) {
    switch shape.architecture {
    case .opt: layOutOPT(shape)
    case .llama: layOutLlama(shape)
    }
  }

  /// The tensor of a name.
  func tensor(_ name: String) -> Tensor? { tensors.first { $0.name == name } }

  private mutating func add(_ name: String, _ shape: [Int], _ start: Tensor.Start) -> Int {
    let tensor = Tensor(name: name, shape: shape, offset: count, start: start)
    tensors.append(tensor)
    count += tensor.count
    return tensor.offset
  }

  private mutating func layOutOPT(_ shape: ModelShape) {
    let (hidden, inner) = (shape.hiddenSize, shape.feedForwardSize)
    embedding = add("model.decoder.embed_tokens.weight", [shape.vocabularySize, hidden], .normal)
    positions = add(
      "model.decoder.embed_positions.weight",
      [shape.contextLength + Self.positionOffset, hidden], .normal)
    for layer in 0..<shape.layers {
      let prefix = "model.decoder.layers.\(layer)."
      var block = Block()
      block.firstNorm = add(prefix + "self_attn_layer_norm.weight", [hidden], .ones)
      block.firstShift = add(prefix + "self_attn_layer_norm.bias", [hidden], .zeros)
      block.fused = count
      for part in ["q", "k", "v"] {
        _ = add(prefix + "self_attn.\(part)_proj.weight", [hidden, hidden], .normal)
      }
      block.fusedBias = count
      for part in ["q", "k", "v"] {
        _ = add(prefix + "self_attn.\(part)_proj.bias", [hidden], .zeros)
      }
      block.out = add(prefix + "self_attn.out_proj.weight", [hidden, hidden], .residual)
      block.outBias = add(prefix + "self_attn.out_proj.bias", [hidden], .zeros)
      block.secondNorm = add(prefix + "final_layer_norm.weight", [hidden], .ones)
      block.secondShift = add(prefix + "final_layer_norm.bias", [hidden], .zeros)
      block.up = add(prefix + "fc1.weight", [inner, hidden], .normal)
      block.upBias = add(prefix + "fc1.bias", [inner], .zeros)
      block.down = add(prefix + "fc2.weight", [hidden, inner], .residual)
      block.downBias = add(prefix + "fc2.bias", [hidden], .zeros)
      blocks.append(block)
    }
    finalNorm = add("model.decoder.final_layer_norm.weight", [hidden], .ones)
    finalShift = add("model.decoder.final_layer_norm.bias", [hidden], .zeros)
    addHead(shape)
  }

  private mutating func layOutLlama(_ shape: ModelShape) {
    let (hidden, inner) = (shape.hiddenSize, shape.feedForwardSize)
    let keys = shape.keyValueHeads * shape.headSize
    embedding = add("model.embed_tokens.weight", [shape.vocabularySize, hidden], .normal)
    for layer in 0..<shape.layers {
      let prefix = "model.layers.\(layer)."
      var block = Block()
      block.firstNorm = add(prefix + "input_layernorm.weight", [hidden], .ones)
      block.fused = add(prefix + "self_attn.q_proj.weight", [hidden, hidden], .normal)
      _ = add(prefix + "self_attn.k_proj.weight", [keys, hidden], .normal)
      _ = add(prefix + "self_attn.v_proj.weight", [keys, hidden], .normal)
      block.out = add(prefix + "self_attn.o_proj.weight", [hidden, hidden], .residual)
      block.secondNorm = add(prefix + "post_attention_layernorm.weight", [hidden], .ones)
      block.up = add(prefix + "mlp.gate_proj.weight", [inner, hidden], .normal)
      _ = add(prefix + "mlp.up_proj.weight", [inner, hidden], .normal)
      block.down = add(prefix + "mlp.down_proj.weight", [hidden, inner], .residual)
      blocks.append(block)
    }
    finalNorm = add("model.norm.weight", [hidden], .ones)
    addHead(shape)
  }

  private mutating func addHead(_ shape: ModelShape) {
    head =
      shape.tiedHead
      ? embedding : add("lm_head.weight", [shape.vocabularySize, shape.hiddenSize], .normal)
  }
}
