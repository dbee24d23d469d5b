internal import Tensors

extension LayerMethod {
  /// The same in other words.
  static let ldlq = LayerMethod(
    name: "ldlq", summary: "gptq in other words: each column rounded with its predecessors' errors",
    options: [
      .bits, .groupSize, .symmetry, .range, .blockSize, .actOrder, .staticGroups, .damping,
      .raiseDamping, .doublePrecision,
    ],
    needs: .statistics, bitsRule: .feedbackBits,
    source: "Chee et al. 2023, arXiv:2307.13304",
    check: { (options, rows, columns) throws(QuantizationError) in
      try options.checkFeedback(rows: rows, columns: columns, for: "ldlq")
    },
    run: { (input, options) throws(QuantizationError) in
      let scheme = try options.feedbackScheme(columns: input.weight.columns, for: "ldlq")
      let factor = try options.factor(input, for: "ldlq")
      let ldlq = LDLQ(
        scheme, timing: options.staticGroups ?? false ? .fixed : .fresh,
        blockSize: options.blockSize ?? 128)
      let quantized = try ldlq.quantized(
        input.weight, factor, threads: options.threads, progress: options.progress)
      return LayerResult(quantized, factor: factor)
    })
}
