internal import Models
internal import Quantization
internal import Tensors

/// All that a run refuses before it reads a weight.
///
/// One place, asked by ``QuantizationRun`` and by ``ModelPlan``: a plan approves of what a run would do, and of
/// nothing else.
struct RunChecks {
  let shape: ModelConfiguration
  let recipe: QuantizationRecipe
  let plans: [LayerPlan]
  let format: FormatChoice
  /// Whether there is something to calibrate on.
  let isCalibrated: Bool
  /// The tokens of the longest sequence.
  let longest: Int

  /// Refuses, or gives what will write the layers.
  ///
  /// - Parameter program: What names this program to readers of what it writes.
  /// - Returns: The format with all that it says in a configuration; its remarks are about the same plans.
  /// - Throws: `PipelineError` with what to do instead, about the first layer where it is about layers.
  func writer(program: String = "") throws(PipelineError) -> any OutputFormat {
    try checkStages()
    let writer = try format.format(recipe, for: shape, plans: plans, writer: program)
    for plan in plans {
      guard let rule = plan.rule else { continue }
      try asLayerWork(plan.name) { () throws(QuantizationError) in
        try rule.method.check(rule.options, rows: plan.outputs, columns: plan.inputs)
      }
      try format.check(plan, rule)
    }
    for plan in plans where plan.rule?.needs != .nothing {
      guard !isCalibrated, let rule = plan.rule else { continue }
      throw .calibrationNeeded(method: rule.method.name, layer: plan.name)
    }
    for plan in plans where plan.rule?.options.biasCorrection ?? false {
      guard shape.hasBias(plan.id.role) else { throw .noBias(plan) }
    }
    if longest > shape.contextLength {
      throw .model(.contextTooLong(tokens: longest, limit: shape.contextLength))
    }
    try writer.check(plans)
    return writer
  }

  private func checkStages() throws(PipelineError) {
    guard !recipe.stages.isEmpty else { return }
    try FoldStage.check(recipe.stages)
    try StageFold.requireFoldable(shape)
    try FoldedFolder.requireWritable(shape)
    if !isCalibrated, let stage = recipe.stages.first(where: \.needsCalibration) {
      throw .request("the stage \(stage.name) looks at the layers' inputs; give --calibration")
    }
  }
}

extension CalibrationSet {
  /// Refuses what a model cannot be given: longer texts than it has positions, tokens that it does not have.
  ///
  /// - Parameter shape: The model's shape.
  /// - Throws: `PipelineError.model`.
  func check(for shape: ModelConfiguration) throws(PipelineError) {
    if longest > shape.contextLength {
      throw .model(.contextTooLong(tokens: longest, limit: shape.contextLength))
    }
    for sequence in sequences {
      let place = sequence.firstIndex { !(0..<shape.vocabularySize).contains($0) }
      guard let place else { continue }
      throw .model(
        .tokenOutOfRange(
          token: sequence[place], position: place, vocabulary: shape.vocabularySize))
    }
  }
}

extension FormatChoice {
  /// Refuses a layer that the format cannot hold, whatever its weights are.
  ///
  /// - Parameters:
  ///   - plan: Which layer.
  ///   - rule: What is done to it.
  /// - Throws: `PipelineError.cannotStore`.
  func check(_ plan: LayerPlan, _ rule: LayerRule) throws(PipelineError) {
    do throws(AffineLayerError) {
      switch self {
      case .dequantized: return
      case .bitsAndBytes:
        let asked = rule.options.groupSize ?? 64
        try BitsAndBytesTensors.check(
          kind: ["nf4", "fp4"].first { $0 == rule.method.name },
          blockSize: asked == 0 ? plan.inputs : asked)
      case .gptq, .compressedTensors, .awq:
        if let obstacle = rule.method.affineObstacle(rule.options) {
          throw .notAffine(obstacle.description)
        }
        guard let grid = rule.plannedGrid(inputs: plan.inputs) else { return }
        if self == .gptq {
          try GPTQTensors.check(bits: grid.bits, rows: plan.outputs, columns: plan.inputs)
        }
        if self == .awq {
          try AWQTensors.check(
            bits: grid.bits, groupsAreRuns: !grid.hasIndex, rows: plan.outputs)
        }
      }
    } catch {
      throw .cannotStore(plan, name, error, isScaled: true)
    }
  }
}

extension PipelineError {
  /// A bias to be corrected where there is none.
  static func noBias(_ plan: LayerPlan) -> PipelineError {
    .request(
      "\(plan.name) has no bias to be corrected, and the model's format has no place for one; leave "
        + "bias-correction out")
  }
}

extension ModelConfiguration {
  /// Whether a layer has a bias.
  func hasBias(_ role: LinearLayerID.Role) -> Bool {
    switch role {
    case .query, .key, .value: hasQueryKeyValueBias
    case .attentionOutput: hasAttentionOutputBias
    case .gate, .up, .down: hasFeedForwardBias
    }
  }
}
