public import Models
internal import Tensors

/// A model after its stages: other numbers, the same function.
public struct FoldedModel: Sendable {
  /// The model; its logits are those of the original but for rounding.
  public let model: Transformer
  /// What each stage did.
  public let records: [StageRecord]
  /// How its layers relate to the original's.
  let coordinates: ModelCoordinates
}

extension Transformer {
  /// A copy after a recipe's stages, in memory.
  ///
  /// - Parameters:
  ///   - recipe: The stages, and the rules of the layers, which searches and measures go by.
  ///   - calibration: What stages look at and measure on; only `rotation` can do without.
  ///   - threads: How many threads the stages' own loops use; the result is the same.
  ///   - onStage: Told of each stage that is done.
  /// - Returns: The copy, with what each stage did.
  /// - Throws: `PipelineError.request` for stages in an order in which one undoes another, and for models whose
  ///   norms come after their layers; what a stage itself throws.
  public func folded(
    _ recipe: QuantizationRecipe, calibration: CalibrationSet? = nil, threads: Int? = nil,
    onStage: (StageRecord) -> Void = { _ in }
  ) throws(PipelineError) -> FoldedModel {
    try FoldStage.check(recipe.stages)
    let plans = try LayerPlan.layers(recipe, of: self)
    var (model, coordinates, records) = (self, ModelCoordinates(), [StageRecord]())
    for stage in recipe.stages {
      let fold = StageFold(
        model: model, stage: stage, plans: plans, coordinates: coordinates, seed: recipe.seed,
        threads: threads)
      var blocks: [BlockParts] = []
      var outcome = try fold.run(on: calibration) { blocks.append($0) }
      var next = outcome.outside
      for block in blocks { try block.install(in: &next) }
      outcome.record.logitChange = try model.logitChange(to: next, on: calibration)
      (model, coordinates) = (next, outcome.coordinates)
      records.append(outcome.record)
      onStage(outcome.record)
    }
    return FoldedModel(model: model, records: records, coordinates: coordinates)
  }

  /// A copy with SmoothQuant's scales folded in, in memory.
  ///
  /// - Parameters:
  ///   - alpha: The share of the inputs' unevenness that moves into the weights, 0 to 1.
  ///   - calibration: Whose inputs are looked at.
  /// - Returns: The copy; its logits are the same but for rounding.
  /// - Throws: `PipelineError`.
  public func smoothed(
    alpha: Double = 0.5, calibration: CalibrationSet
  ) throws(PipelineError) -> Transformer {
    try folded(.nearest([.smoothQuant(alpha: alpha)]), calibration: calibration).model
  }

  /// A copy with its residual stream and its values turned, and its norms' gains folded away, in memory.
  ///
  /// - Parameter seed: Which rotation.
  /// - Returns: The copy; its logits are the same but for rounding.
  /// - Throws: `PipelineError`.
  public func rotated(seed: UInt64 = 0) throws(PipelineError) -> Transformer {
    try folded(.nearest([.rotation], seed: seed)).model
  }

  /// The largest difference of a logit, as a share of the largest, on the first sequence; nil where a model has
  /// no finite logits.
  func logitChange(
    to other: Transformer, on calibration: CalibrationSet?
  ) throws(PipelineError) -> Double? {
    let tokens =
      calibration?.sequences.first
      ?? Array(0..<min(32, configuration.vocabularySize, configuration.contextLength))
    guard let before = try? logits(tokens), let after = try? other.logits(tokens) else {
      return nil
    }
    let largest = before.elements.reduce(0) { max($0, abs($1)) }
    return largest > 0 ? Double(before.maximumDifference(from: after)) / Double(largest) : nil
  }
}

extension QuantizationRecipe {
  /// Stages alone, measured on eight-bit rounding a row.
  fileprivate static func nearest(
    _ stages: [FoldStage], seed: UInt64 = 0
  ) throws(PipelineError) -> QuantizationRecipe {
    let rule = try LayerRule.nearest(bits: 8, groupSize: 0)
    return QuantizationRecipe(rule, stages: stages, seed: seed)
  }
}
