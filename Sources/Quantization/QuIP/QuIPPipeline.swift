internal import Tensors

/// What QuIP and QuIP# share: damp, turn, round with feedback, refine, turn back.
struct QuIPPipeline {
  let method: String
  let damping: Damping
  let rescales: Bool
  let passes: Int
  var feedback = true
  let threads: Int?
  let progress: ((Double) -> Void)?

  func run<Quantizer: BlockQuantizer>(
    _ weight: Matrix, _ statistics: InputStatistics, outputs: any Rotation, inputs: any Rotation,
    quantizer: (_ rootMeanSquare: Float) -> (Quantizer, scale: Float)
  ) throws(QuantizationError) -> QuIPResult {
    guard passes >= 0 else {
      throw .parameter(name: "passes", value: Double(passes), expected: "0 or more")
    }
    let (hessian, factor) = try dampedHessian(statistics)
    let layer = IncoherentLayer(
      weight: weight, hessian: hessian, outputs: outputs, inputs: inputs, rescales: rescales,
      threads: threads)
    try layer.weight.requireFinite(named: "turned weight")
    progress?(0.05)

    let (quantizer, scale) = quantizer(Float(layer.weight.rootMeanSquare))
    var rounded: FeedbackRounding
    do {
      let lower =
        feedback ? try BlockLDL(layer.hessian, blockSize: quantizer.length).lower.rounded() : nil
      progress?(0.1)
      rounded = quantizingWithFeedback(
        layer.weight, lower: lower, by: quantizer, threads: threads
      ) { progress?(0.1 + 0.8 * $0) }
      try rounded.refine(
        layer.weight, hessian: layer.hessian, by: quantizer, passes: passes, threads: threads)
    } catch {
      throw .parameter(
        name: "damping", value: damping.share, expected: "more: \(error)")
    }
    let loss = proxyLoss(
      weight: layer.weight, approximation: rounded.values, hessian: layer.hessian)
    return QuIPResult(
      incoherent: layer, rounded: rounded.values,
      dequantized: layer.restored(rounded.values, threads: threads), codes: rounded.codes,
      scale: scale, damping: factor.damping, loss: loss / 2, notes: factor.notes)
  }

  /// H with its damping; the factor says whether that was enough.
  ///
  /// A dead input keeps its weights here, unlike in methods that set them to 0: it gets no more than
  /// the damping, or the mean of the others where there is none.
  private func dampedHessian(
    _ statistics: InputStatistics
  ) throws(QuantizationError) -> (DoubleMatrix, factor: (damping: Double, notes: [String])) {
    let factor = try HessianFactor(statistics, damping: damping, for: method)
    var hessian = statistics.hessian
    hessian.addToDiagonal(factor.dampingAmount)
    if factor.deadColumns.count == statistics.columns {
      return (.identity(statistics.columns), (factor.damping, []))
    }
    if factor.dampingAmount == 0 {
      let live = factor.diagonal.filter { $0 > 0 }
      for column in factor.deadColumns {
        hessian[column, column] = live.reduce(0, +) / Double(live.count)
      }
    }
    let notes = factor.notes.filter { $0.hasPrefix("damping") }
    return (hessian, (factor.damping, notes))
  }
}
