internal import Models
internal import Quantization
internal import Tensors

/// One layer of a ``HessianStudy``.
struct LayerUnderGlass {
  let study: HessianStudy
  let plan: LayerPlan
  let weight: Matrix
  /// What it is given by the calibration.
  let inputs: InputStatistics
  /// What it is given by the test.
  let tests: InputStatistics

  func findings(_ spectrum: HessianSpectrum) throws(PipelineError) -> HessianFindings.Layer {
    let result = try asLayerWork(plan.name) { () throws(QuantizationError) in try parts(spectrum) }
    return result
  }

  private func parts(
    _ spectrum: HessianSpectrum
  ) throws(QuantizationError) -> HessianFindings.Layer {
    let scheme = try scheme()
    let natural = try factor(.natural)
    let (plain, seconds) = try timed(GPTQ(scheme, blockSize: 128), natural)
    let nearest = try weight.roundedToNearest(scheme).dequantized()
    let sizes = try blockSizes(scheme, natural, plain.codes)
    let errors = errors([plain.dequantized, nearest])
    let moved = weight - nearest
    return HessianFindings.Layer(
      name: plan.name, block: plan.id.block, role: plan.id.role.rawValue, outputs: plan.outputs,
      inputs: plan.inputs, spectrum: spectrum, damping: natural.damping, notes: natural.notes,
      loss: plain.loss, error: errors[0], nearestError: errors[1],
      power: powers([weight])[0], seconds: seconds,
      flow: ErrorFlow(
        weight: weight, quantized: plain.dequantized, factor: natural,
        blockSize: study.flowBlockSize),
      orders: try orders(), blockSizes: sizes,
      traceScore: spectrum.values.reduce(0, +) / Double(spectrum.size)
        * moved.squaredFrobeniusNorm,
      eigenvalueScore: spectrum.largest * moved.squaredFrobeniusNorm,
      weightScore: moved.squaredFrobeniusNorm / weight.squaredFrobeniusNorm)
  }

  private func scheme() throws(QuantizationError) -> QuantizationScheme {
    let size = study.groupSize ?? min(128, weight.columns)
    return QuantizationScheme(
      bits: study.bits, symmetry: .asymmetric,
      granularity: size == 0 ? .channel : .group(size))
  }

  private func factor(_ order: ColumnOrder) throws(QuantizationError) -> HessianFactor {
    try HessianFactor(inputs, damping: Damping(study.damping, raises: true), order: order)
  }

  private func timed(
    _ gptq: GPTQ, _ factor: HessianFactor
  ) throws(QuantizationError) -> (FeedbackQuantized, Double) {
    let clock = ContinuousClock()
    let start = clock.now
    let result = try gptq.quantized(weight, factor)
    return (result, (clock.now - start).inSeconds)
  }

  private func powers(_ matrices: [Matrix]) -> [Double] {
    BLASThreads.withOneEach { tests.outputPowers(of: matrices) }
  }

  /// E on the test's text.
  private func errors(_ quantized: [Matrix]) -> [Double] { powers(quantized.map { weight - $0 }) }

  /// Columns in other orders, every group's grid fixed beforehand, so that only the order differs.
  private func orders() throws(QuantizationError) -> [HessianFindings.Order] {
    let diagonal = try factor(.natural).diagonal
    let falling = diagonal.indices.sorted {
      diagonal[$0] == diagonal[$1] ? $0 < $1 : diagonal[$0] > diagonal[$1]
    }
    var orders: [(String, ColumnOrder)] = [
      ("natural", .natural), ("loudest first", .byActivation),
      ("loudest last", .given(falling.reversed())),
    ]
    for seed in study.orderSeeds {
      var generator = SeededGenerator(seed: seed)
      var order = Array(0..<weight.columns)
      generator.shuffle(&order)
      orders.append(("random \(seed)", .given(order)))
    }
    var found: [HessianFindings.Order] = []
    for (name, order) in orders {
      let factor = try factor(order)
      let result = try GPTQ(try scheme(), timing: .fixed).quantized(weight, factor)
      found.append(
        .init(name: name, error: errors([result.dequantized])[0], loss: result.loss))
    }
    return found
  }

  /// Other sizes of the lazy batch, with scales made when their group's turn comes, or before its block.
  private func blockSizes(
    _ scheme: QuantizationScheme, _ factor: HessianFactor, _ codes: Codes
  ) throws(QuantizationError) -> [HessianFindings.BlockSize] {
    var found: [HessianFindings.BlockSize] = []
    for size in study.blockSizes {
      for timing in [GridTiming.fresh, .stale] {
        let (result, seconds) = try timed(
          GPTQ(scheme, timing: timing, blockSize: size), factor)
        found.append(
          .init(
            size: size, isStale: timing == .stale, error: errors([result.dequantized])[0],
            codesChanged: zip(result.codes.bytes, codes.bytes).count { $0 != $1 },
            seconds: seconds))
      }
    }
    return found
  }
}
