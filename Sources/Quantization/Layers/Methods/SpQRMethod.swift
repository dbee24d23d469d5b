internal import Tensors

extension LayerMethod {
  /// Few weights in 16 bits, the rest in small groups with error feedback.
  static let spqr = LayerMethod(
    name: "spqr", summary: "outliers kept in 16 bits, the rest in small groups with error feedback",
    options: [.bits, .groupSize, .outlierShare, .doubleQuantization, .damping, .raiseDamping],
    needs: .statistics,
    bitsRule: "b + 10/g + 32 × share + 32/in; 48 × share if an outlier does not fit float16",
    source: "Dettmers et al. 2023, arXiv:2306.03078", obstacle: .outliers,
    check: { (options, _, columns) throws(QuantizationError) in
      _ = try options.spqr(columns: columns).checked(columns: columns)
      try options.resolvedDamping.validate()
    },
    run: { (input, options) throws(QuantizationError) in
      let factor = try HessianFactor(
        input.statistics(for: "spqr"),
        damping: options.resolvedDamping, for: "spqr")
      let solution = try options.spqr(columns: input.weight.columns).solve(
        input.weight, factor: factor, threads: options.threads, progress: options.progress)
      var result = LayerResult(
        codes: solution.codes, scales: solution.scales, zeros: solution.zeros,
        dequantized: solution.dequantized, storage: solution.storage)
      result.outliers = solution.outliers
      result.loss = solution.loss
      result.damping = factor.damping
      result.notes = factor.notes
      if solution.outliers.bitsPerValue > 16 {
        result.notes.append(
          "some outliers do not fit 16 bits, being beyond ±65504 or below 0.00006: all are kept in 32, and "
            + "counted so")
      }
      return result
    })
}

extension LayerOptions {
  /// The solver that was asked for.
  fileprivate func spqr(columns: Int) throws(QuantizationError) -> SpQR {
    SpQR(
      bits: try resolvedBits(for: "spqr"), groupSize: groupSize ?? min(16, columns),
      outlierShare: outlierShare ?? 0.01, quantizesScales: doubleQuantization ?? true)
  }
}
