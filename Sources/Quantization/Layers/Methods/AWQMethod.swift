internal import Tensors

extension LayerMethod {
  /// Columns that meet loud inputs are enlarged before everything is rounded.
  ///
  /// Clips are searched only where asked: the published code leaves q and k out of that search, and a
  /// layer alone does not know whether it is one of them. So α = 0 is rounding to nearest, and no other
  /// exponent wins unless it is better on the calibration inputs.
  static let awq = LayerMethod(
    name: "awq",
    summary: "columns of loud inputs enlarged before rounding, exponent searched",
    options: [.bits, .groupSize, .symmetry, .alpha, .duoScaling, .clipSearch],
    needs: .statistics,
    bitsRule: "b + 16/g symmetric, b + (16 + b)/g asymmetric; s is folded into the layer before",
    source: "Lin et al. 2023, arXiv:2306.00978",
    run: { (input, options) throws(QuantizationError) in
      let symmetric = options.symmetric ?? false
      let method = AWQ(
        bits: try options.resolvedBits(in: (symmetric ? 2 : 1)...8, for: "awq"),
        groupSize: try options.resolvedGroupSize(columns: input.weight.columns),
        grid: symmetric ? .symmetric : .asymmetric, duoScaling: options.duoScaling ?? false,
        threads: options.threads)
      let clips = options.clipSearch ?? false
      let calibration: AWQCalibration
      if let statistics = input.statistics {
        calibration = try AWQCalibration(statistics: statistics)
      } else {
        calibration = try AWQCalibration(activations: try input.activations(for: "awq"))
      }
      let whole = clips ? 0.5 : 1
      let search = try method.search(
        [input.weight], calibration: calibration,
        alphas: options.alpha.map { [$0] } ?? AWQ.exponents,
        progress: { options.progress?(whole * $0) })
      let scales = search.best.scales
      let scaled =
        clips
        ? try method.clipped(
          input.weight, scales: scales, calibration: calibration,
          progress: { options.progress?(0.5 + $0 / 2) }
        ).weight : scales.multiplied(into: input.weight)
      var result = LayerResult(
        try method.quantized(scaled), inputScales: scales, threads: options.threads)
      result.loss =
        clips ? calibration.loss(result.dequantized - input.weight) : search.best.loss
      result.notes =
        ["alpha \(search.best.alpha)" + (options.alpha == nil ? ", the best of 20" : "")]
        + silentChannelNotes(calibration.meanMagnitudes, pruned: search.best.alpha > 0)
      return result
    })
}
