internal import Models
internal import Quantization
internal import Tensors

/// One stage, block by block: measured, changed, measured again.
///
/// Memory is that of a block and of the calibration's vectors twice, whatever the model's size.
struct StageFold {
  /// The model as the stages before have left it.
  let model: Transformer
  let stage: FoldStage
  /// What the layers will be quantized with, for searches and for what rounding to nearest would lose.
  let plans: [LayerPlan]
  /// How the model's layers relate to the original's.
  let coordinates: ModelCoordinates
  let seed: UInt64
  let threads: Int?

  /// What became of the model.
  struct Outcome {
    /// The model with what stands outside the blocks changed; the blocks are as they were.
    var outside: Transformer
    var coordinates: ModelCoordinates
    var record: StageRecord
  }

  /// Changes the model.
  ///
  /// - Parameters:
  ///   - calibration: What is measured on, and what scales are chosen by.
  ///   - onBlock: Given every block, changed.
  /// - Returns: The rest.
  /// - Throws: `PipelineError`, and what `onBlock` throws.
  func run(
    on calibration: CalibrationSet?, onBlock: (BlockParts) throws(PipelineError) -> Void
  ) throws(PipelineError) -> Outcome {
    try Self.requireFoldable(model.configuration)
    if stage.needsCalibration, calibration == nil {
      throw .request("the stage \(stage.name) looks at the layers' inputs; give --calibration")
    }
    let clock = ContinuousClock()
    let start = clock.now
    let rotation =
      stage == .rotation ? try ResidualRotation(model, seed: seed, threads: threads) : nil
    var outside = model
    try rotation?.turnOutside(&outside)
    var before = try states(calibration, in: model)
    var after = try states(calibration, in: outside)
    var (all, places, notes) = (coordinates, [StageRecord.Place](), rotation?.notes ?? [])
    for index in model.blocks.indices {
      var parts = BlockParts(model, index, coordinates: coordinates)
      let seen = try advance(&before, through: model, index)
      let first = measures(parts, seen)
      var alphas: [BlockParts.Readers: Double] = [:]
      if let rotation {
        try rotation.turn(&parts) { model.tensorName(of: $0) }
      } else if let seen {
        alphas = try scale(&parts, seen, &notes)
      }
      try parts.requireFinite(model, stage)
      var changed = outside
      try parts.install(in: &changed)
      let second = measures(parts, try advance(&after, through: changed, index))
      for readers in BlockParts.Readers.allCases
      where rotation != nil || alphas[readers] != nil {
        guard let before = first[readers], let after = second[readers] else { continue }
        places.append(
          .init(
            name: name(readers, parts), block: index, before: before, after: after,
            alpha: alphas[readers]))
      }
      for (role, own) in parts.coordinates { all[LinearLayerID(block: index, role: role)] = own }
      try onBlock(parts)
    }
    return Outcome(
      outside: outside, coordinates: all,
      record: StageRecord(
        stage: stage.line, places: places, logitChange: nil, tokens: calibration?.tokenCount ?? 0,
        seconds: (clock.now - start).inSeconds, notes: notes))
  }

  /// Refuses models whose norms feed the residual stream itself.
  static func requireFoldable(_ shape: ModelConfiguration) throws(PipelineError) {
    guard shape.normalizesFirst else {
      throw .request(
        "the model's norms come after its layers (post-norm), so their outputs are the residual stream itself and "
          + "nothing can be folded into them; leave the stages out")
    }
  }

  // MARK: Scales

  /// Chooses scales for a block and folds them.
  private func scale(
    _ parts: inout BlockParts, _ seen: [BlockParts.Readers: InputStatistics],
    _ notes: inout [String]
  ) throws(PipelineError) -> [BlockParts.Readers: Double] {
    let original = parts
    var alphas: [BlockParts.Readers: Double] = [:]
    func search(_ readers: BlockParts.Readers) -> ScaleSearch? {
      seen[readers].map {
        ScaleSearch(
          weights: original.weights(readers), statistics: $0, name: name(readers, original))
      }
    }
    switch stage {
    case .rotation: break
    case .smoothQuant(let alpha):
      for readers in [BlockParts.Readers.attention, .feedForward] {
        guard let search = search(readers) else { continue }
        parts.scale(readers, by: try search.smoothQuant(alpha: alpha))
        alphas[readers] = alpha
      }
    case .awq(let alpha, let duoScaling):
      for readers in BlockParts.Readers.allCases {
        guard let search = search(readers), let rule = rule(readers, parts) else { continue }
        if readers == .down, !parts.innerScalesAlong {
          let note =
            "the down layers are not scaled: what lies before them is no ReLU and no gate, which a scale would pass"
          if !notes.contains(note) { notes.append(note) }
          continue
        }
        let found = try search.awq(
          alpha: alpha, duoScaling: duoScaling, for: rule, threads: threads
        ) { readers == .attentionOutput ? original.sharedByValues($0) : $0 }
        alphas[readers] = found.alpha
        switch readers {
        case .attention, .feedForward: parts.scale(readers, by: found.scales)
        case .attentionOutput: parts.scaleValues(by: found.scales)
        case .down: parts.scaleInner(by: found.scales)
        }
      }
    }
    return alphas
  }

  /// How the first of them that is quantized will be.
  private func rule(_ readers: BlockParts.Readers, _ parts: BlockParts) -> LayerRule? {
    plans.first {
      $0.id.block == parts.index && readers.roles.contains($0.id.role) && $0.rule != nil
    }?.rule
  }

  private func name(_ readers: BlockParts.Readers, _ parts: BlockParts) -> String {
    let names = parts.roles(readers).map { role in
      String(
        model.tensorName(of: LinearLayerID(block: parts.index, role: role))
          .dropLast(".weight".count))
    }
    guard let first = names.first else { return "" }
    return
      ([first] + names.dropFirst().map { $0.split(separator: ".").last.map(String.init) ?? $0 })
      .joined(separator: ", ")
  }

  // MARK: Passes and measures

  private func states(
    _ calibration: CalibrationSet?, in model: Transformer
  ) throws(PipelineError) -> [Matrix]? {
    guard let calibration else { return nil }
    return try HiddenStates(embedding: calibration, in: model, keepingExact: false).sequences
  }

  /// Runs the calibration through a block; returns what its layers were given.
  private func advance(
    _ states: inout [Matrix]?, through model: Transformer, _ index: Int
  ) throws(PipelineError) -> [BlockParts.Readers: InputStatistics]? {
    guard states != nil else { return nil }
    var seen: [BlockParts.Readers: InputStatistics] = [:]
    var failure: PipelineError?
    for place in (states ?? []).indices {
      guard let sequence = states?[place] else { continue }
      states?[place] = model.output(ofBlock: index, for: sequence) { inputs in
        guard failure == nil,
          let readers = BlockParts.Readers.allCases.first(where: {
            inputs.layers[0].role == $0.roles[0] || inputs.layers[0].role == $0.roles.last
          })
        else { return }
        do throws(QuantizationError) {
          try seen[readers, default: InputStatistics(columns: inputs.columns)].add(inputs.matrix)
        } catch {
          failure = .layer(name: model.tensorName(of: inputs.layers[0]), error)
        }
      }
      if let failure { throw failure }
    }
    return seen
  }

  /// What stands out, and what rounding to nearest would lose.
  private func measures(
    _ parts: BlockParts, _ seen: [BlockParts.Readers: InputStatistics]?
  ) -> [BlockParts.Readers: StageRecord.Measure] {
    var measures: [BlockParts.Readers: StageRecord.Measure] = [:]
    for readers in BlockParts.Readers.allCases {
      let inputs = seen?[readers]?.largestMagnitudes
      let columns = parts.weights(readers).reduce([Float]()) { largest, weight in
        let own = weight.columnMaximumMagnitudes
        return largest.isEmpty ? own : zip(largest, own).map { max($0, $1) }
      }
      let errors = seen?[readers].map { nearestErrors(parts, readers, $0) }
      measures[readers] = StageRecord.Measure(
        largestInput: inputs.map { Double($0.max() ?? 0) },
        inputRatio: inputs.flatMap(Self.ratio), weightRatio: Self.ratio(columns),
        nearestOutputError: errors.flatMap { $0.error },
        outputPower: errors.flatMap { $0.error == nil ? nil : $0.power })
    }
    return measures
  }

  /// The largest over the median; nil where the median is 0.
  private static func ratio(_ magnitudes: [Float]) -> Double? {
    let median = magnitudes.median
    guard median > 0, let largest = magnitudes.max(), largest.isFinite else { return nil }
    return Double(largest) / median
  }

  private func nearestErrors(
    _ parts: BlockParts, _ readers: BlockParts.Readers, _ statistics: InputStatistics
  ) -> (error: Double?, power: Double) {
    var (error, power, count) = (0.0, 0.0, 0)
    for role in parts.roles(readers) {
      guard let weight = parts.weights[role],
        let rule = plans.first(where: { $0.id.block == parts.index && $0.id.role == role })?.rule,
        let nearest = rule.nearest(to: weight, threads: threads)
      else { continue }
      let own = parts.coordinates[role] ?? LayerCoordinates()
      let whole = own.restored(weight)
      let powers = BLASThreads.withOneEach {
        statistics.outputPowers(of: [own.restored(weight - nearest), whole])
      }
      error += powers[0]
      power += powers[1] + own.constantPower(whole, statistics)
      count += 1
    }
    return (count > 0 && error.isFinite && power.isFinite ? error : nil, power)
  }
}
