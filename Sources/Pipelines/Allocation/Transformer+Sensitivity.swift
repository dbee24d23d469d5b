public import Models
public import Quantization
internal import Tensors

extension Transformer {
  /// What each linear layer loses at each width it could have: leave-one-in, on the float model's own inputs.
  ///
  /// The loss of a layer is E over ‖WX‖², a share of its own output, so that layers of loud and of quiet blocks
  /// can be added up. That shares may be added is an assumption, here as everywhere.
  ///
  /// - Parameters:
  ///   - recipe: The rules, but for their bits; layers that are kept have no profile. Its stages come first.
  ///   - bits: The widths to try.
  ///   - calibration: What errors are measured on.
  ///   - format: What the layers are to be stored in, whose bytes and errors count then; nil for the method's own.
  ///   - threads: How many threads the methods' own loops use.
  ///   - onLayer: Told of each layer that is measured.
  /// - Returns: One profile a name: layers that share a tensor, as GPT-2's queries, keys and values, share their
  ///   width, and have one profile together.
  /// - Throws: `PipelineError`.
  public func sensitivities(
    _ recipe: QuantizationRecipe, bits: [Int], calibration: CalibrationSet,
    format: FormatChoice? = nil, threads: Int? = nil,
    onLayer: (SensitivityProfile) -> Void = { _ in }
  ) throws(PipelineError) -> [SensitivityProfile] {
    try sensitivities(
      recipe, bits: bits, calibration: calibration, format: format, threads: threads,
      from: KeptProfiles(), onLayer: onLayer, onBlock: { (_) throws(PipelineError) in })
  }

  /// The same, going on after `kept`, what was measured of the first blocks; `onBlock` is told of everything that
  /// is measured, after each block.
  func sensitivities(
    _ recipe: QuantizationRecipe, bits: [Int], calibration: CalibrationSet,
    format: FormatChoice?, threads: Int?, from kept: KeptProfiles,
    onLayer: (SensitivityProfile) -> Void,
    onBlock: (KeptProfiles) throws(PipelineError) -> Void
  ) throws(PipelineError) -> [SensitivityProfile] {
    let plans = try LayerPlan.layers(recipe, of: self)
    let folded = try folded(recipe, calibration: calibration, threads: threads)
    let model = folded.model
    let writer = try format.map { (format) throws(PipelineError) in
      try format.format(recipe, for: configuration, plans: plans, writer: "")
    }
    let exact = plans.contains { $0.rule?.comparesWithFloatModel ?? false }
    var states = try HiddenStates(embedding: calibration, in: model, keepingExact: exact)
    var profiles = kept.profiles
    for index in blocks.indices {
      if index >= kept.blocks {
        let groups = InputGroup.groups(plans.filter { $0.id.block == index })
        let inputs = try InputCollector(model: model, index: index)
          .inputs(of: groups, on: states, in: model)
        for (group, own) in zip(groups, inputs) {
          for plan in group.plans {
            let profile = try profile(
              plan, own, of: folded, bits: bits, writer: writer, seed: recipe.seed,
              threads: threads)
            if let last = profiles.last, last.name == profile.name {
              profiles[profiles.count - 1] = try last.together(with: profile)
            } else {
              profiles.append(profile)
            }
            onLayer(profile)
          }
        }
        try onBlock(KeptProfiles(blocks: index + 1, profiles: profiles))
      }
      guard index + 1 < blocks.count else { break }
      for place in states.sequences.indices {
        states.sequences[place] = model.output(ofBlock: index, for: states.sequences[place])
      }
      if exact { states.exact = states.sequences }
    }
    return profiles
  }

  /// One layer at each width.
  private func profile(
    _ plan: LayerPlan, _ inputs: GroupInputs, of folded: FoldedModel, bits: [Int],
    writer: (any OutputFormat)?, seed: UInt64, threads: Int?
  ) throws(PipelineError) -> SensitivityProfile {
    guard let rule = plan.rule, let layer = folded.model.layer(plan.id) else {
      throw .request("\(plan.name) is kept, so there is nothing to profile")
    }
    guard rule.method.options.contains(.bits) else {
      throw .noBits(rule.method)
    }
    let weight = layer.weight
    let coordinates = folded.coordinates[plan.id] ?? LayerCoordinates()
    let whole = coordinates.restored(weight)
    let power =
      BLASThreads.withOneEach { inputs.statistics.outputPowers(of: [whole])[0] }
      + coordinates.constantPower(whole, inputs.statistics)
    var choices: [SensitivityProfile.Choice] = []
    for bits in bits {
      var own = rule
      own.options.bits = bits
      let result = try LayerWork(
        plan: plan, rule: own, weight: weight, bias: layer.bias, statistics: inputs.statistics,
        activations: GroupInputs.joined(inputs.activations),
        exact: GroupInputs.joined(inputs.exact),
        seed: seed, threads: threads
      ).result()
      let stored = try writer?.stored(plan, result, bias: layer.bias)
      let error = BLASThreads.withOneEach {
        inputs.statistics.outputPowers(
          of: [coordinates.restored(weight - (stored?.weight ?? result.dequantized))])[0]
      }
      let bytes = stored.map { Int(($0.bitsPerWeight * Double(plan.weights) / 8).rounded()) }
      choices.append(
        .init(
          bits: bits, bytes: bytes ?? result.storage.bytes, loss: power > 0 ? error / power : 0))
    }
    return try asLayerWork(plan.name) { () throws(QuantizationError) in
      try SensitivityProfile(name: plan.name, weights: plan.weights, choices: choices)
    }
  }
}

extension SensitivityProfile {
  /// Two layers as one, with the same width each.
  fileprivate func together(with other: SensitivityProfile) throws(PipelineError)
    -> SensitivityProfile
  {
    try asLayerWork(name) { () throws(QuantizationError) in
      try SensitivityProfile(
        name: name, weights: weights + other.weights,
        choices: choices.compactMap { own in
          other.choices.first { $0.bits == own.bits }.map {
            Choice(bits: own.bits, bytes: own.bytes + $0.bytes, loss: own.loss + $0.loss)
          }
        })
    }
  }
}
