internal import Models
internal import Quantization
internal import Tensors

/// Chooses the scales of a stage for layers that share their input.
struct ScaleSearch {
  /// The layers' weights.
  let weights: [Matrix]
  /// What they are given.
  let statistics: InputStatistics
  /// What their names have in common, for messages.
  let name: String

  /// SmoothQuant's s; a channel that was never anything but 0 keeps its numbers.
  func smoothQuant(alpha: Double) throws(PipelineError) -> ChannelScales {
    try asLayerWork(name) { () throws(QuantizationError) in
      let inputs = statistics.largestMagnitudes
      let scales = try SmoothQuant(alpha: alpha).scales(largestInputs: inputs, consumers: weights)
      return try ChannelScales(zip(scales.values, inputs).map { $1 == 0 ? 1 : $0 })
    }
  }

  /// AWQ's s and the exponent it comes from.
  ///
  /// - Parameters:
  ///   - alpha: A given exponent; nil to search.
  ///   - duoScaling: Whether s divides by the weights' own magnitudes.
  ///   - rule: How the layers will be quantized.
  ///   - threads: How many threads the search may use.
  ///   - shared: Makes channels alike that must have the same scale.
  /// - Returns: The scales, and their exponent.
  /// - Throws: `PipelineError.layer`.
  func awq(
    alpha: Double?, duoScaling: Bool, for rule: LayerRule, threads: Int?,
    shared: ([Float]) -> [Float] = { $0 }
  ) throws(PipelineError) -> (scales: ChannelScales, alpha: Double) {
    try asLayerWork(name) { () throws(QuantizationError) in
      let (columns, options) = (statistics.columns, rule.options)
      let size = options.groupSize ?? min(128, columns)
      let method = AWQ(
        bits: options.bits ?? 4, groupSize: size == 0 || columns % size != 0 ? columns : size,
        grid: options.symmetric ?? false ? .symmetric : .asymmetric, duoScaling: duoScaling,
        threads: threads)
      let magnitudes = shared(statistics.meanMagnitudes)
      let sizes = duoScaling ? shared(try method.relativeMagnitudes(of: weights)) : []
      let loss = OutputLoss(statistics: statistics)
      var best: (scales: ChannelScales, alpha: Double, loss: Double)?
      for alpha in alpha.map({ [$0] }) ?? AWQ.exponents {
        let scales = try method.scales(
          alpha: alpha, meanMagnitudes: magnitudes, relativeMagnitudes: sizes)
        var sum = 0.0
        for weight in weights {
          let change = try method.change(weight, scales: scales)
          sum += change.map { loss($0) * Double(weight.rows) } ?? .infinity
        }
        if best == nil || sum < best?.loss ?? .infinity { best = (scales, alpha, sum) }
      }
      guard let best, best.loss.isFinite else {
        throw .parameter(
          name: "the outputs' change", value: .infinity, expected: "inputs of a moderate size")
      }
      return (best.scales, best.alpha)
    }
  }
}
