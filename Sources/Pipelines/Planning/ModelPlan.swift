public import Models
internal import Quantization
internal import Tensors

/// What quantizing a model will take and give, worked out on paper: no weight is read.
///
/// Refuses what ``QuantizationRun`` would refuse, in its words.
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
    /// What it will take a weight; nil where that depends on the weights, or where it is kept.
    public let bitsPerWeight: Double?
    /// The bytes of its tensors in the output; those of its weight where it is kept.
    public let bytes: Int
  }

  /// A part of the work, of the memory or of the room on a disk.
  public struct Part: Sendable {
    /// What it is.
    public let name: String
    /// Floating-point operations, or bytes.
    public let amount: Double
  }

  /// Weights that a method takes one by one, which is work that no count of operations tells.
  public struct Rounding: Sendable {
    /// What is done to them.
    public let settings: String
    /// How many they are.
    public let weights: Double
    let sample: RoundingSample
  }

  /// The linear layers of the blocks.
  public let layers: [Layer]
  /// The number of the model's parameters.
  public let parameters: Int
  /// The bytes of the model as it is: two a parameter where its files are not there to be asked.
  public let bytesBefore: Int
  /// The bytes of the tensors in the output, those included that are kept.
  public let bytesAfter: Int?
  /// The mean over the weights that are quantized; nil where some are not known.
  public let bitsPerWeight: Double?
  /// Calibration sequences; 0 without calibration.
  public let samples: Int
  /// Tokens of all of them.
  public let tokens: Int
  /// Floating-point operations of products and factors, part by part.
  public let work: [Part]
  /// What is rounded, searched for and stored weight by weight, by what is done to it.
  public let rounding: [Rounding]
  /// What goes on when most memory is taken.
  public let peakMoment: String
  /// Bytes that must be there at the same time at that moment, part by part.
  public let memory: [Part]
  /// Bytes of files that are mapped besides: they count as the process's as long as nobody else needs the memory.
  public let mappedBytes: Double
  /// Bytes on the disk of the output while it runs, part by part.
  public let disk: [Part]
  /// What people must know who open the output: ``QuantizationRun/remarks``.
  public let remarks: [String]

  /// Plans for a model whose files are not there.
  ///
  /// - Parameters:
  ///   - shape: The model's shape; its weights are taken to have 16 bits.
  ///   - recipe: What is done to its layers.
  ///   - samples: Calibration sequences; 0 without calibration.
  ///   - length: Tokens of each.
  ///   - format: How it will be stored.
  ///   - inTurn: Whether a block's inputs are summed for one set of layers after the other.
  /// - Throws: What ``QuantizationRun`` would refuse: `PipelineError.matchesNothing` for a pattern that names no
  ///   layer, `.nothingToQuantize`, `.layer`, `.cannotStore`, `.mixture`, `.calibrationNeeded`.
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
    let writer = try RunChecks(
      shape: shape, recipe: recipe, plans: plans, format: format, isCalibrated: samples > 0,
      longest: samples > 0 ? length : 0
    ).writer()
    let linear = plans.reduce(0) { $0 + $1.weights }
    self.init(
      PlannedRun(
        shape: shape, recipe: recipe, plans: plans, format: format, samples: samples,
        tokens: samples * length, longest: length,
        inTurn: inTurn || recipe.order == .trueSequential,
        weightBytes: Dictionary(uniqueKeysWithValues: plans.map { ($0.id, 2 * $0.weights) }),
        otherBytes: 2 * (shape.parameterCount - linear)),
      remarks: writer.remarks(plans))
  }

  /// Plans for the model of a configuration, whose weights are not there.
  ///
  /// - Parameters:
  ///   - file: Its `config.json`.
  ///   - recipe: What is done to its layers.
  ///   - samples: Calibration sequences; 0 without calibration.
  ///   - length: Tokens of each; nil for 2048, or the model's positions if they are fewer.
  ///   - format: How it will be stored.
  /// - Throws: Besides what the other throws, `PipelineError.source` for a model that holds codes already, and
  ///   `.model` for a file that is no model's configuration.
  public init(
    configuration file: String, recipe: QuantizationRecipe, samples: Int, length: Int?,
    format: FormatChoice
  ) throws(PipelineError) {
    let shape = try asModelWork { () throws(ModelError) in try ModelConfiguration(path: file) }
    try JSONMembers(try Files.contents(file))?.requireNumbers(of: Files.split(file).folder)
    try self.init(
      shape, recipe: recipe, samples: samples, length: length ?? min(2048, shape.contextLength),
      format: format)
  }

  /// Plans a run: its model's own tensors, its calibration's own tokens.
  ///
  /// - Parameter run: The run; it has refused what cannot be.
  public init(_ run: QuantizationRun) {
    self.init(PlannedRun(run), remarks: run.remarks)
  }

  private init(_ run: PlannedRun, remarks: [String]) {
    self.remarks = remarks
    layers = run.plans.map { plan in
      let storage = run.storage(of: plan)
      return Layer(
        name: plan.name, outputs: plan.outputs, inputs: plan.inputs, settings: plan.rule?.line,
        bitsPerWeight: storage?.bitsPerWeight,
        bytes: storage?.bytes ?? run.keptBytes(of: plan))
    }
    parameters = run.shape.parameterCount
    bytesBefore = run.weightBytes.values.reduce(0, +) + run.otherBytes
    bytesAfter = run.outputBytes
    let quantized = zip(run.plans, layers).filter { $0.0.rule != nil }
    if quantized.allSatisfy({ $0.1.bitsPerWeight != nil }) {
      let bits = quantized.reduce(0.0) { $0 + ($1.1.bitsPerWeight ?? 0) * Double($1.0.weights) }
      bitsPerWeight = bits / Double(quantized.reduce(0) { $0 + $1.0.weights })
    } else {
      bitsPerWeight = nil
    }
    samples = run.samples
    tokens = run.tokens
    work = run.work
    rounding = run.rounding
    let peak = run.peak
    peakMoment = peak.moment
    memory = peak.parts
    mappedBytes = run.mappedBytes
    disk = run.disk
  }

  /// All parts of the work.
  public var operations: Double { work.reduce(0) { $0 + $1.amount } }
  /// All parts of the memory.
  public var peakBytes: Double { memory.reduce(0) { $0 + $1.amount } }
  /// All parts of the room on the disk.
  public var diskBytes: Double { disk.reduce(0) { $0 + $1.amount } }
}

/// A run as its plan sees it: sizes alone.
struct PlannedRun {
  let shape: ModelConfiguration
  let recipe: QuantizationRecipe
  let plans: [LayerPlan]
  let format: FormatChoice
  let samples: Int
  let tokens: Int
  let longest: Int
  let inTurn: Bool
  /// The bytes of each linear layer's weight in the model's files.
  let weightBytes: [LinearLayerID: Int]
  /// The bytes of everything else there.
  let otherBytes: Int
  var shardSize = 1 << 30
  /// The bytes of a layer's bias in the model's files.
  var biasBytes: @Sendable (LayerPlan) -> Int = { 2 * $0.outputs }

  /// What a layer will take; nil where it is kept.
  func storage(of plan: LayerPlan) -> PlannedStorage? {
    plan.rule.flatMap {
      $0.plannedStorage(plan, format: format, hasBias: shape.hasBias(plan.id.role))
    }
  }

  /// What a layer's weight takes in the output where it is kept: stages write theirs in single precision.
  func keptBytes(of plan: LayerPlan) -> Int {
    recipe.stages.isEmpty ? weightBytes[plan.id] ?? 0 : 4 * plan.weights
  }

  /// The bytes of all blocks' tensors, as the work folder keeps them.
  var blockBytes: Int { plans.reduce(0) { $0 + (storage(of: $1)?.bytes ?? 0) } }

  /// The bytes of the output's tensors.
  var outputBytes: Int {
    var bytes = blockBytes + otherBytes
    for plan in plans where plan.rule == nil { bytes += keptBytes(of: plan) }
    for plan in plans where plan.rule?.options.biasCorrection ?? false {
      bytes -= biasBytes(plan)  // the corrected one stands in its place
    }
    // A rotation turns the embedding and not the head, which is a table of its own from then on.
    if recipe.stages.contains(.rotation), shape.tiesEmbeddings {
      bytes += 2 * shape.vocabularySize * shape.embeddingSize
    }
    return bytes
  }

  /// The groups of each block.
  var blocks: [[InputGroup]] {
    (0..<shape.layerCount).map { block in
      InputGroup.groups(plans.filter { $0.id.block == block })
    }
  }

  /// Whether the float model's vectors are carried along.
  var comparesWithFloatModel: Bool {
    plans.contains { $0.rule?.comparesWithFloatModel ?? false }
  }
}

extension PlannedRun {
  /// A run with its model's own tensors, and its calibration's own tokens.
  init(_ run: QuantizationRun) {
    let checkpoint = run.source.checkpoint
    let sizes = Dictionary(
      checkpoint.tensors.map { ($0.name, $0.byteCount) }, uniquingKeysWith: { first, _ in first })
    var weights: [LinearLayerID: Int] = [:]
    var names: Set<String> = []
    let counts = Dictionary(grouping: run.plans, by: \.name).mapValues { plans in
      plans.reduce(0) { $0 + $1.weights }
    }
    for plan in run.plans {
      let name = plan.name + ".weight"
      names.insert(name)
      // Layers that share a tensor, as GPT-2's queries, keys and values, share its bytes.
      weights[plan.id] =
        (sizes[name] ?? 2 * plan.weights) * plan.weights / max(1, counts[plan.name] ?? 1)
    }
    var others = 0
    for tensor in checkpoint.tensors where !names.contains(tensor.name) {
      guard case .numbers = tensor.type else { continue }
      others += tensor.byteCount
    }
    let calibration = run.calibration
    self.init(
      shape: run.source.model.configuration, recipe: run.recipe, plans: run.plans,
      format: run.format, samples: calibration?.sequences.count ?? 0,
      tokens: calibration?.tokenCount ?? 0, longest: calibration?.longest ?? 0,
      inTurn: run.inTurn || run.recipe.order == .trueSequential, weightBytes: weights,
      otherBytes: others, shardSize: run.shardSize,
      biasBytes: { sizes[$0.name + ".bias"] ?? 2 * $0.outputs })
  }
}
