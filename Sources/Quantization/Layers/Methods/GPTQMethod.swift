internal import Tensors

extension LayerMethod {
  /// Columns in turn, each one's error passed on.
  static let gptq = LayerMethod(
    name: "gptq", summary: "columns in turn, each one's error made up for by those after it",
    options: [
      .bits, .groupSize, .symmetry, .range, .blockSize, .actOrder, .staticGroups, .staleScales,
      .damping, .raiseDamping, .doublePrecision,
    ],
    needs: .statistics, bitsRule: .feedbackBits,
    source: "Frantar et al. 2022, arXiv:2210.17323",
    check: { (options, rows, columns) throws(QuantizationError) in
      try options.checkFeedback(rows: rows, columns: columns, for: "gptq")
      _ = try options.gridTiming
    },
    run: { (input, options) throws(QuantizationError) in
      let scheme = try options.feedbackScheme(columns: input.weight.columns, for: "gptq")
      let timing = try options.gridTiming
      let factor = try options.factor(input, for: "gptq")
      let gptq = GPTQ(scheme, timing: timing, blockSize: options.blockSize ?? 128)
      let quantized = try gptq.quantized(
        input.weight, factor, threads: options.threads, progress: options.progress)
      return LayerResult(quantized, factor: factor)
    })
}

extension LayerOptions {
  /// When a group's grid is made.
  fileprivate var gridTiming: GridTiming {
    get throws(QuantizationError) {
      switch (staticGroups ?? false, staleScales ?? false) {
      case (true, true): throw .optionsExcludeEachOther("static-groups", "stale-scales")
      case (true, false): .fixed
      case (false, true): .stale
      case (false, false): .fresh
      }
    }
  }
}
