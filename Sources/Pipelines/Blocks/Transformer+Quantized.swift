public import Models
internal import Quantization
internal import Tensors

extension Transformer {
  /// A copy whose linear layers are quantized block by block, in memory.
  ///
  /// What ``QuantizationRun`` does without a folder: the copy computes what a reader of the `dequantized` format
  /// in float32 would. The recipe's stages come first.
  ///
  /// - Parameters:
  ///   - recipe: What is done to which layer.
  ///   - calibration: What methods with data look at, and what errors are measured on; nil for neither.
  ///   - threads: How many threads the methods' own loops use; the result is the same.
  ///   - onStage: Told of each stage that is done.
  ///   - onLayer: Told of each layer that is done.
  /// - Returns: The copy, and what is to be said of each layer.
  /// - Throws: `PipelineError`.
  public func quantized(
    _ recipe: QuantizationRecipe, calibration: CalibrationSet? = nil, threads: Int? = nil,
    onStage: (StageRecord) -> Void = { _ in }, onLayer: (LayerRecord) -> Void = { _ in }
  ) throws(PipelineError) -> (model: Transformer, records: [LayerRecord]) {
    let plans = try LayerPlan.layers(recipe, of: self)
    let folded = try folded(recipe, calibration: calibration, threads: threads, onStage: onStage)
    let model = folded.model
    let format = DequantizedFormat(type: .float32, isTransposed: false)
    let exact = plans.contains { $0.rule?.comparesWithFloatModel ?? false }
    var states = try calibration.map { (set) throws(PipelineError) in
      try HiddenStates(embedding: set, in: model, keepingExact: exact)
    }
    var (result, records) = (model, [LayerRecord]())
    for index in blocks.indices {
      let quantizer = BlockQuantizer(
        model: model, index: index, plans: plans.filter { $0.id.block == index },
        order: recipe.order,
        seed: recipe.seed, threads: threads, format: format,
        coordinates: folded.coordinates)
      let outcome = try quantizer.quantized(on: states, onLayer: onLayer)
      records += outcome.records
      for plan in quantizer.plans {
        guard let layer = outcome.model.layer(plan.id) else { continue }
        try asModelWork { () throws(ModelError) in try result.replace(plan.id, with: layer) }
      }
      if index + 1 < blocks.count, var current = states {
        states = nil  // the only owner, so that vectors are replaced where they are
        quantizer.advance(&current, through: outcome.model)
        states = current
      }
    }
    return (result, records)
  }
}
