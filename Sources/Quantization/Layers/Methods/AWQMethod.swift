internal import Tensors

extension LayerMethod {
  /// Columns that meet loud inputs are enlarged before everything is rounded.
  ///
  /// Clips are searched only where asked: the published code leaves q and k out of that search, and a
  /// layer alone does not know whether it is one of them. So α = 0 is rounding to nearest, and no other
  /// exponent wins unless it is better on the calibration inputs. A clip is chosen by its group's own
  /// part of the output, as published, and groups may add up to more: then the layer's own error has
  /// the last word, and the weight stays whole. Either way a note gives both errors.
  static let awq = LayerMethod(
    name: "awq",
    summary: "columns of loud inputs enlarged before rounding, exponent searched",
    options: [.bits, .groupSize, .symmetry, .alpha, .duoScaling, .clipSearch],
    needs: .statistics,
    bitsRule: "b + 16/g symmetric, b + (16 + b)/g asymmetric; s is folded into the layer before",
    source: "Lin et al. 2023, arXiv:2306.00978", obstacle: .inputScales,
    check: { (options, _, columns) throws(QuantizationError) in
      _ = try options.awq(columns: columns)
      try options.requireAlpha()
    },
    run: { (input, options) throws(QuantizationError) in
      let method = try options.awq(columns: input.weight.columns)
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
      var result = LayerResult(
        try method.quantized(scales.multiplied(into: input.weight)), inputScales: scales,
        threads: options.threads)
      result.loss = search.best.loss
      result.notes = [
        "alpha \(search.best.alpha)" + (options.alpha == nil ? ", the best of 20" : "")
      ]
      if clips {
        let clip = try method.clipped(
          input.weight, scales: scales, calibration: calibration,
          progress: { options.progress?(0.5 + $0 / 2) })
        var clipped = LayerResult(
          try method.quantized(clip.weight), inputScales: scales, threads: options.threads)
        let loss = calibration.loss(clipped.dequantized - input.weight)
        let isBetter = loss < search.best.loss
        clipped.loss = loss
        clipped.notes =
          result.notes + [
            "the loss is \(Float(search.best.loss)) with whole ranges and \(Float(loss)) with clipped ones"
              + (isBetter ? "" : ", so nothing was clipped")
          ]
        if isBetter { result = clipped } else { result.notes = clipped.notes }
      }
      result.notes += silentChannelNotes(
        calibration.meanMagnitudes, pruned: search.best.alpha > 0)
      return result
    })
}

extension LayerOptions {
  /// The search with the grid that was asked for.
  fileprivate func awq(columns: Int) throws(QuantizationError) -> AWQ {
    let symmetric = symmetric ?? false
    return AWQ(
      bits: try resolvedBits(in: (symmetric ? 2 : 1)...8, for: "awq"),
      groupSize: try resolvedGroupSize(columns: columns),
      grid: symmetric ? .symmetric : .asymmetric, duoScaling: duoScaling ?? false,
      threads: threads)
  }
}
