internal import Models
internal import Quantization
internal import Tensors

/// What writing a model as a GGUF file will take, worked out without reading a weight.
public struct GGUFPlan: Sendable {
  /// The tensors of the file.
  public let tensors: [GGUFConversion.Plan]
  /// Calibration sequences; 0 without an importance matrix.
  public let samples: Int
  /// Tokens of all of them.
  public let tokens: Int
  /// Floating-point operations of products, part by part.
  public let work: [ModelPlan.Part]
  /// What blocks are searched for weight by weight, by type.
  public let rounding: [ModelPlan.Rounding]
  /// Bytes that must be there at the same time, part by part.
  public let memory: [ModelPlan.Part]
  /// Bytes of files that are mapped: they count as the process's as long as nobody else needs the memory.
  public let mappedBytes: Double
  /// Bytes on the disk of the output.
  public let disk: [ModelPlan.Part]

  /// Plans a conversion.
  ///
  /// - Parameters:
  ///   - conversion: The conversion; it has refused what cannot be.
  ///   - calibration: What an importance matrix is made of; nil for none.
  /// - Throws: `PipelineError.model` for texts that the model cannot be given.
  public init(
    _ conversion: GGUFConversion, calibration: CalibrationSet?
  ) throws(PipelineError) {
    let model = conversion.source.model
    try calibration?.check(for: model.configuration)
    let shape = model.configuration
    let plans = conversion.plans
    let run = PlannedRun(
      shape: shape, recipe: QuantizationRecipe(LayerRule(.blocks, LayerOptions())), plans: [],
      format: .dequantized(.float32), samples: calibration?.sequences.count ?? 0,
      tokens: calibration?.tokenCount ?? 0, longest: calibration?.longest ?? 0, inTurn: false,
      weightBytes: [:], otherBytes: 0)
    tensors = plans
    samples = run.samples
    tokens = run.tokens
    work = [
      .init(name: "forward passes", amount: Double(shape.layerCount) * run.passCost(upTo: nil))
    ].filter { $0.amount > 0 }
    var found: [String: (weights: Double, outputs: Int, inputs: Int)] = [:]
    for plan in plans where plan.shape.count > 1 {
      let count = plan.shape.reduce(1, *)
      let old = found[plan.type]
      found[plan.type] = (
        Double(count) + (old?.weights ?? 0), max(old?.outputs ?? 0, plan.shape[0]),
        max(old?.inputs ?? 0, plan.shape.last ?? 1)
      )
    }
    rounding = found.sorted { $0.key < $1.key }.compactMap { type, sum in
      guard let method = try? LayerMethod(named: "gguf:" + type) else { return nil }
      let rule = LayerRule(method, LayerOptions())
      return ModelPlan.Rounding(
        settings: rule.line, weights: sum.weights,
        sample: RoundingSample(
          rule: rule, outputs: sum.outputs, inputs: sum.inputs, format: .dequantized(.float32),
          isCalibrated: false, isTransposed: false, isTensor: true))
    }
    // A piece of a tensor: its numbers, what its blocks stand for, and the blocks.
    let piece = plans.map { Double(min($0.shape.reduce(1, *), TensorJob.piece)) }.max() ?? 0
    memory = [
      .init(name: "the program itself", amount: PlannedRun.program),
      .init(name: "a piece of a tensor", amount: 9 * piece),
      .init(name: "one text on its way through a block", amount: run.workspace),
      .init(
        name: "one text's vectors",
        amount: 2 * 4 * Double(run.longest) * Double(shape.hiddenSize)),
    ].filter { $0.amount > 0 }
    // The file is read where it is mapped, twice where a calibration runs through the model.
    mappedBytes =
      PlannedRun.code
      + Double(conversion.source.checkpoint.tensors.reduce(0) { $0 + $1.byteCount })
    disk = [
      .init(name: "the output", amount: plans.reduce(0.0) { $0 + Double($1.bytes) })
    ]
  }

  /// All parts of the work.
  public var operations: Double { work.reduce(0) { $0 + $1.amount } }
  /// All parts of the memory.
  public var peakBytes: Double { memory.reduce(0) { $0 + $1.amount } }
  /// All parts of the room on the disk.
  public var diskBytes: Double { disk.reduce(0) { $0 + $1.amount } }
}

extension GGUFConversion {
  /// Refuses an output that its disk has no room for, as ``write(to:replacing:onEvent:)`` does before it begins.
  ///
  /// - Parameter output: The file or folder to make.
  /// - Throws: `PipelineError.cannotWrite` with what is needed and what is free.
  public func checkRoom(for output: String) throws(PipelineError) {
    guard let free = DiskRoom.free(at: output) else { return }
    try DiskRoom.check(
      try GGUFPlan(self, calibration: nil).disk, free: free, path: output)
  }
}

extension LayerMethod {
  /// Any of the block formats: which one does not matter where only sizes are asked for.
  fileprivate static var blocks: LayerMethod { LayerMethod.all[LayerMethod.all.count - 1] }
}
