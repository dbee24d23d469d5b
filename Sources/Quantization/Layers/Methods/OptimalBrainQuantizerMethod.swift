internal import Tensors

extension LayerMethod {
  /// The weight that costs least first, row by row.
  static let optimalBrainQuantizer = LayerMethod(
    name: "obq", summary: "in each row the weight that costs least first, the free ones follow",
    options: [.bits, .groupSize, .symmetry, .range, .damping, .raiseDamping, .doublePrecision],
    needs: .statistics, bitsRule: "b + 16/g symmetric, b + (16 + b)/g asymmetric",
    source: "Frantar and Alistarh 2022, arXiv:2208.11580", isSlow: true,
    check: { (options, rows, columns) throws(QuantizationError) in
      try options.checkFeedback(rows: rows, columns: columns, for: "obq")
    },
    run: { (input, options) throws(QuantizationError) in
      let scheme = try options.feedbackScheme(columns: input.weight.columns, for: "obq")
      let factor = try options.factor(input, for: "obq")
      let quantized = try OptimalBrainQuantizer(scheme).quantized(
        input.weight, factor, threads: options.threads, progress: options.progress)
      return LayerResult(quantized, factor: factor)
    })
}
