internal import Tensors

extension LayerMethod {
  /// Columns in turn, each one's error passed on.
  static let gptq = LayerMethod(
    name: "gptq", summary: "columns in turn, each one's error made up for by those after it",
    options: [
      .bits, .groupSize, .symmetry, .range, .blockSize, .actOrder, .staticGroups, .staleScales,
      .damping, .raiseDamping, .doublePrecision,
    ],
    needs: .statistics, bitsRule: feedbackBits,
    source: "Frantar et al. 2022, arXiv:2210.17323",
    run: { (input, options) throws(QuantizationError) in
      let scheme = try options.feedbackScheme(input, for: "gptq")
      let timing: GridTiming =
        switch (options.staticGroups ?? false, options.staleScales ?? false) {
        case (true, true): throw .optionsExcludeEachOther("static-groups", "stale-scales")
        case (true, false): .fixed
        case (false, true): .stale
        case (false, false): .fresh
        }
      let factor = try options.factor(input, for: "gptq")
      let gptq = GPTQ(scheme, timing: timing, blockSize: options.blockSize ?? 128)
      let quantized = try gptq.quantized(
        input.weight, factor, threads: options.threads, progress: options.progress)
      return LayerResult(quantized, factor: factor)
    })

  /// The same in other words.
  static let ldlq = LayerMethod(
    name: "ldlq", summary: "gptq in other words: each column rounded with its predecessors' errors",
    options: [
      .bits, .groupSize, .symmetry, .range, .blockSize, .actOrder, .damping, .raiseDamping,
      .doublePrecision,
    ],
    needs: .statistics, bitsRule: feedbackBits,
    source: "Chee et al. 2023, arXiv:2307.13304",
    run: { (input, options) throws(QuantizationError) in
      let scheme = try options.feedbackScheme(input, for: "ldlq")
      let factor = try options.factor(input, for: "ldlq")
      let quantized = try LDLQ(scheme, blockSize: options.blockSize ?? 128).quantized(
        input.weight, factor, threads: options.threads, progress: options.progress)
      return LayerResult(quantized, factor: factor)
    })

  /// The weight that costs least first, row by row.
  static let optimalBrainQuantizer = LayerMethod(
    name: "obq", summary: "in each row the weight that costs least first, the free ones follow",
    options: [.bits, .groupSize, .symmetry, .range, .damping, .raiseDamping, .doublePrecision],
    needs: .statistics, bitsRule: feedbackBits,
    source: "Frantar and Alistarh 2022, arXiv:2208.11580", isSlow: true,
    run: { (input, options) throws(QuantizationError) in
      let scheme = try options.feedbackScheme(input, for: "obq")
      let factor = try options.factor(input, for: "obq")
      let quantized = try OptimalBrainQuantizer(scheme).quantized(
        input.weight, factor, threads: options.threads, progress: options.progress)
      return LayerResult(quantized, factor: factor)
    })

  private static let feedbackBits = "b + 16/g symmetric, b + (16 + b)/g asymmetric"
}

extension LayerOptions {
  /// The grid of the methods that pass errors on: asymmetric unless asked, symmetric with all codes.
  func feedbackScheme(
    _ input: LayerInput, for method: String
  ) throws(QuantizationError) -> QuantizationScheme {
    QuantizationScheme(
      bits: try resolvedBits(in: 2...8, for: method),
      symmetry: symmetric ?? false ? .symmetric(.full) : .asymmetric,
      granularity: .group(try resolvedGroupSize(columns: input.weight.columns)),
      range: range ?? .minMax)
  }

  /// The Hessian of a layer's inputs, damped and factored as asked.
  func factor(_ input: LayerInput, for method: String) throws(QuantizationError) -> HessianFactor {
    try HessianFactor(
      try input.statistics(doublePrecision ?? false ? .double : .single, for: method),
      damping: Damping(damping ?? 0.01, raises: raiseDamping ?? false),
      order: actOrder ?? false ? .byActivation : .natural, for: method)
  }
}
