public import Models
internal import Quantization

/// What quantizing a model will take and give, worked out on paper: no weight is read.
public struct ModelPlan: Sendable {
  /// One linear layer.
  public struct Layer: Sendable {
    /// Its name.
    public let name: String
    /// The number of outputs.
    public let outputs: Int
    /// The number of inputs.
    public let inputs: Int
    /// What is done to it; nil where it is kept.
    public let settings: String?
    /// What it will take a weight; nil where that depends on the weights.
    public let bitsPerWeight: Double?
  }

  /// A part of the work, or of the memory.
  public struct Part: Sendable {
    /// What it is.
    public let name: String
    /// Floating-point operations, or bytes.
    public let amount: Double
  }

  /// The linear layers of the blocks.
  public let layers: [Layer]
  /// The number of the model's parameters.
  public let parameters: Int
  /// The bytes of the model as it is, at two a parameter.
  public let bytesBefore: Int
  /// The bytes of the quantized model, what is kept at two a parameter; nil where some layer's are not known.
  public let bytesAfter: Int?
  /// The mean over the weights that are quantized; nil where some are not known.
  public let bitsPerWeight: Double?
  /// Floating-point operations, part by part.
  public let work: [Part]
  /// Bytes at the same time in memory, part by part.
  public let memory: [Part]

  /// Plans.
  ///
  /// - Parameters:
  ///   - shape: The model's shape.
  ///   - recipe: What is done to its layers.
  ///   - samples: Calibration sequences; 0 without calibration.
  ///   - length: Tokens of each.
  ///   - format: How it will be stored.
  ///   - inTurn: Whether a block's inputs are summed for one set of layers after the other.
  /// - Throws: `PipelineError.matchesNothing` for a pattern that names no layer, `.nothingToQuantize`.
  public init(
    _ shape: ModelConfiguration, recipe: QuantizationRecipe, samples: Int, length: Int,
    format: FormatChoice, inTurn: Bool = false
  ) throws(PipelineError) {
    let plans = shape.linearLayers.map { id in
      let size = shape.shape(of: id.role)
      let name = String(shape.usualTensorName(of: id).dropLast(".weight".count))
      return LayerPlan(
        id: id, name: name, outputs: size.outputs, inputs: size.inputs, rule: recipe.rule(for: name)
      )
    }
    try LayerPlan.check(recipe, names: plans.map(\.name))
    layers = plans.map { plan in
      Layer(
        name: plan.name, outputs: plan.outputs, inputs: plan.inputs, settings: plan.rule?.line,
        bitsPerWeight: plan.rule.flatMap {
          $0.plannedBits(outputs: plan.outputs, inputs: plan.inputs, format: format)
        })
    }
    parameters = shape.parameterCount
    bytesBefore = 2 * parameters
    let quantized = zip(plans, layers).filter { $0.0.rule != nil }
    let weights = quantized.reduce(0) { $0 + $1.0.weights }
    if quantized.allSatisfy({ $0.1.bitsPerWeight != nil }) {
      let bits = quantized.reduce(0.0) { $0 + ($1.1.bitsPerWeight ?? 0) * Double($1.0.weights) }
      bitsPerWeight = bits / Double(weights)
      bytesAfter = Int(bits / 8) + 2 * (parameters - weights)
    } else {
      bitsPerWeight = nil
      bytesAfter = nil
    }
    let first = plans.filter { $0.id.block == 0 }
    let blocks = (0..<shape.layerCount).map { block in
      InputGroup.groups(plans.filter { $0.id.block == block })
    }
    let inTurn = inTurn || recipe.order == .trueSequential
    work = Self.work(
      shape, blocks, inTurn, stages: recipe.stages.count, tokens: Double(samples * length),
      length: Double(length))
    memory = Self.memory(shape, first, blocks, inTurn, tokens: samples * length)
  }

  /// All parts of the work.
  public var operations: Double { work.reduce(0) { $0 + $1.amount } }
  /// All parts of the memory.
  public var peakBytes: Double { memory.reduce(0) { $0 + $1.amount } }

  /// Multiplications and additions, counted each.
  private static func work(
    _ shape: ModelConfiguration, _ blocks: [[InputGroup]], _ inTurn: Bool, stages: Int,
    tokens: Double, length: Double
  ) -> [Part] {
    let roles = LinearLayerID.Role.allCases.filter { $0 != .gate || shape.isGated }
    let weights = roles.reduce(0.0) { sum, role in
      let size = shape.shape(of: role)
      return sum + Double(size.outputs) * Double(size.inputs)
    }
    // Scores and their sums over the tokens before: two products, half of each.
    let pass = 2 * tokens * weights + 2 * tokens * length * Double(shape.queryWidth)
    var (passes, hessians, solving, measuring) = (0.0, 0.0, 0.0, 0.0)
    for (index, groups) in blocks.enumerated() where tokens > 0 {
      passes += groups.isEmpty ? 0 : Double(inTurn ? groups.count : 1)
      passes += index + 1 < blocks.count ? 1 : 0
      for group in groups {
        let width = Double(group.columns)
        hessians += tokens * width * width
        for plan in group.plans {
          let outputs = Double(plan.outputs)
          if plan.rule?.needs != .nothing {
            solving += width * width * width * 2 / 3 + outputs * width * width
          }
          measuring += 3 * 2 * outputs * width * width
        }
      }
    }
    // A stage runs the calibration through the model as it was and as it is, and sums both up for all layers.
    let widths = blocks.flatMap { $0 }.map { Double($0.columns) }
    let sums = widths.reduce(0.0) { $0 + tokens * $1 * $1 }
    let folding = Double(stages) * 2 * (Double(blocks.count) * pass + sums)
    let folds = stages > 0 ? [Part(name: "stages", amount: folding)] : []
    return folds + [
      Part(name: "forward passes", amount: passes * pass),
      Part(name: "Hessians", amount: hessians),
      Part(name: "factors and updates", amount: solving),
      Part(name: "measuring errors", amount: measuring),
    ]
  }

  /// Bytes that are there at the same time.
  private static func memory(
    _ shape: ModelConfiguration, _ first: [LayerPlan], _ blocks: [[InputGroup]], _ inTurn: Bool,
    tokens: Int
  ) -> [Part] {
    let block = first.reduce(0) { $0 + $1.weights }
    let largest = first.map(\.weights).max() ?? 0
    let widest = first.map(\.inputs).max() ?? 0
    let squares = (blocks.first ?? []).map { $0.columns * $0.columns }
    let hessians = inTurn ? squares.max() ?? 0 : squares.reduce(0, +)
    let hasExact = blocks.joined().contains(where: \.needsExact)
    let kept = (blocks.first ?? []).filter(\.needsActivations).map(\.columns)
    var parts = [
      Part(name: "one block's weights, mapped", amount: 2 * Double(block)),
      Part(name: "the same, quantized", amount: 4 * Double(block)),
      Part(name: "the largest layer at work", amount: 4 * 4 * Double(largest)),
    ]
    guard tokens > 0 else { return parts }
    parts += [
      Part(name: "Hessians of a block", amount: 4 * Double(hessians)),
      Part(name: "the widest one's factor", amount: 3 * 4 * Double(widest) * Double(widest)),
      Part(
        name: "vectors of the calibration",
        amount: 4 * Double(tokens) * Double(shape.hiddenSize) * (hasExact ? 2 : 1)),
    ]
    if let most = inTurn ? kept.max() : kept.reduce(0, +), most > 0 {
      parts.append(
        Part(
          name: "inputs kept token by token",
          amount: 4 * Double(tokens) * Double(most) * (hasExact ? 2 : 1)))
    }
    return parts
  }
}
