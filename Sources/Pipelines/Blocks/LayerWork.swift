internal import Models
internal import Quantization
internal import Tensors

/// One layer, with everything its method is given.
struct LayerWork {
  let plan: LayerPlan
  let rule: LayerRule
  let weight: Matrix
  let bias: [Float]?
  /// What its inputs amount to; nil without calibration.
  let statistics: InputStatistics?
  /// The inputs themselves, where the method needs them.
  let activations: Matrix?
  /// The same in the float model.
  let exact: Matrix?
  let seed: UInt64
  let threads: Int?
  /// How a folded layer relates to the original one, in whose units errors are told.
  var coordinates = LayerCoordinates()

  /// Quantizes the layer and measures what its format makes of it.
  ///
  /// - Parameter format: How it is stored.
  /// - Returns: The layer as it is stored, and what is to be said of it.
  /// - Throws: `PipelineError`.
  func done(format: any OutputFormat) throws(PipelineError) -> (StoredLayer, LayerRecord) {
    let clock = ContinuousClock()
    let start = clock.now
    let result = try result()
    var corrected = bias
    if let correction = result.biasCorrection {
      guard let bias else {
        throw .noBias(plan)
      }
      corrected = zip(bias, correction).map { $0 + $1 }
    }
    let stored = try format.stored(plan, result, bias: corrected)
    let seconds = clock.now - start
    return (stored, record(result, stored, seconds: seconds.inSeconds))
  }

  /// What the method makes of the layer.
  ///
  /// - Returns: The method's own result.
  /// - Throws: `PipelineError.layer`, `.calibrationNeeded`.
  func result() throws(PipelineError) -> LayerResult {
    var options = rule.options
    options.threads = threads
    options.seed = seed
    if rule.weighsByInputs { options.importance = statistics?.meanSquares }
    if rule.needs != .nothing, statistics == nil {
      throw .calibrationNeeded(method: rule.method.name, layer: plan.name)
    }
    let input = try asLayerWork(plan.name) { () throws(QuantizationError) in try layerInput() }
    let method = rule.method
    // One thread a product: a BLAS rounds differently with another number of them.
    let result: Result<LayerResult, QuantizationError> = BLASThreads.withOneEach {
      do throws(QuantizationError) {
        return .success(try method.quantize(input, options))
      } catch {
        return .failure(error)
      }
    }
    switch result {
    case .success(let value): return value
    case .failure(let error): throw .layer(name: plan.name, error)
    }
  }

  private func layerInput() throws(QuantizationError) -> LayerInput {
    if let activations {
      return try LayerInput(weight: weight, activations: activations, exactActivations: exact)
    }
    if let statistics { return try LayerInput(weight: weight, statistics: statistics) }
    return try LayerInput(weight: weight)
  }

  /// What is to be said of the layer, beside what rounding to nearest would have made of it.
  private func record(
    _ result: LayerResult, _ stored: StoredLayer, seconds: Double
  ) -> LayerRecord {
    let difference = weight - stored.weight
    var (error, before, signal): (Double?, Double?, Double?) = (nil, nil, nil)
    if let statistics {
      let whole = coordinates.restored(weight)
      let nearest = rule.nearest(to: weight, threads: threads).map {
        coordinates.restored(weight - $0)
      }
      let powers = BLASThreads.withOneEach {
        statistics.outputPowers(
          of: [coordinates.restored(difference), whole] + (nearest.map { [$0] } ?? []))
      }
      error = powers[0]
      signal = powers[1] + coordinates.constantPower(whole, statistics)
      before = powers.count > 2 ? powers[2] : nil
    }
    return LayerRecord(
      name: plan.name, block: plan.id.block, role: plan.id.role.rawValue, outputs: plan.outputs,
      inputs: plan.inputs, method: rule.method.name, settings: rule.line,
      bitsPerWeight: stored.bitsPerWeight, bytes: stored.byteCount,
      weightError: difference.squaredFrobeniusNorm / Double(difference.count), outputError: error,
      nearestOutputError: before, outputPower: signal, loss: result.loss, damping: result.damping,
      outliers: result.outliers.map(\.count), tokens: statistics?.tokens ?? 0, seconds: seconds,
      peakBytes: PeakMemory.bytes, grid: stored.grid, notes: result.notes)
  }
}

extension Duration {
  /// The duration in seconds.
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
