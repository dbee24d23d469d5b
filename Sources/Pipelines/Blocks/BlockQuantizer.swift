internal import Models
internal import Quantization
internal import Tensors

/// Quantizes one block on the vectors that the blocks before it, quantized already, give it.
///
/// The steps of GPTQ's driver (Frantar et al. 2022, arXiv:2210.17323, section 3.3), for any method: run the
/// calibration through the block and sum up what each linear layer is given; quantize; run it once more
/// for what the next block is given.
struct BlockQuantizer {
  /// The float model.
  let model: Transformer
  /// The block, counted from 0.
  let index: Int
  /// What is done to its layers.
  let plans: [LayerPlan]
  let order: QuantizationRecipe.Order
  let seed: UInt64
  let threads: Int?
  /// How a layer is stored, which decides what it computes afterwards.
  let format: any OutputFormat
  /// Whether layers that share inputs are measured one set after the other, for less memory and more passes.
  var inTurn = false
  /// How a folded model's layers relate to the original's.
  var coordinates = ModelCoordinates()

  /// What became of the block: its layers as they are stored, and as they compute.
  struct Outcome {
    var stored: [StoredLayer] = []
    var records: [LayerRecord] = []
    /// The model with this block's layers in their place.
    var model: Transformer
  }

  /// Quantizes the layers.
  ///
  /// - Parameters:
  ///   - states: What the block is given; nil to quantize without calibration.
  ///   - onLayer: Told of each layer that is done.
  /// - Returns: The layers, and the model with them in their place.
  /// - Throws: `PipelineError`.
  func quantized(
    on states: HiddenStates?, onLayer: (LayerRecord) -> Void
  ) throws(PipelineError) -> Outcome {
    var outcome = Outcome(model: model)
    let groups = InputGroup.groups(plans)
    let stages = order == .block && !inTurn ? [groups] : groups.map { [$0] }
    for stage in stages where !stage.isEmpty {
      let current = order == .block ? model : outcome.model
      var inputs = try states.map { (states) throws(PipelineError) in
        try InputCollector(model: model, index: index).inputs(of: stage, on: states, in: current)
      }
      for (place, group) in stage.enumerated() {
        // What is no longer needed does not stay: parts that were joined, sums of a group that is done.
        let activations = GroupInputs.joining(&inputs, place, \.activations)
        let exact = GroupInputs.joining(&inputs, place, \.exact)
        try quantize(group, inputs?[place].statistics, activations, exact, &outcome, onLayer)
        inputs?[place].statistics = InputStatistics(columns: 1)
      }
    }
    return outcome
  }

  /// What the block makes of its inputs.
  ///
  /// - Parameters:
  ///   - states: What it was given; replaced by what the next block is given.
  ///   - quantized: The model with the block's quantized layers.
  func advance(_ states: inout HiddenStates, through quantized: Transformer) {
    for place in states.sequences.indices {
      states.sequences[place] = quantized.output(ofBlock: index, for: states.sequences[place])
    }
    for place in states.exact.indices {
      states.exact[place] = model.output(ofBlock: index, for: states.exact[place])
    }
  }

  /// Quantizes the layers of a group and puts them in their place.
  private func quantize(
    _ group: InputGroup, _ statistics: InputStatistics?, _ activations: Matrix?, _ exact: Matrix?,
    _ outcome: inout Outcome, _ onLayer: (LayerRecord) -> Void
  ) throws(PipelineError) {
    for plan in group.plans {
      guard let rule = plan.rule, let layer = model.layer(plan.id) else { continue }
      let work = LayerWork(
        plan: plan, rule: rule, weight: layer.weight, bias: layer.bias,
        statistics: statistics, activations: activations, exact: exact, seed: seed,
        threads: threads, coordinates: coordinates[plan.id] ?? LayerCoordinates())
      let (stored, record) = try work.done(format: format)
      try asModelWork { () throws(ModelError) in
        try outcome.model.replace(
          plan.id, with: DenseLayer(DenseWeight(stored.weight), bias: stored.bias))
      }
      outcome.stored.append(stored.withoutWeight)
      outcome.records.append(record)
      onLayer(record)
    }
  }
}
