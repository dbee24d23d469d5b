internal import Tensors

extension LayerMethod {
  /// Vector-wise int8 with the outlier channels of the inputs multiplied in floats.
  ///
  /// bitsandbytes keeps a row's largest magnitude in float32; scales are counted with 16 bits here, as
  /// for every method without a file layout of its own, so that methods are compared at one price.
  static let llmInt8 = LayerMethod(
    name: "llm-int8",
    summary: "int8 rows and tokens; input channels with outliers stay in floats",
    options: [.bits, .threshold, .bitsandbytes], computesOutput: true, bitsRule: "8 + 16/in",
    source: "Dettmers et al. 2022, arXiv:2208.07339; bitsandbytes",
    check: { (options, _, _) throws(QuantizationError) in
      try options.requireBits(8, for: "llm-int8")
      if let threshold = options.threshold, !(threshold > 0) {
        throw .parameter(name: "threshold", value: threshold, expected: "above 0")
      }
    },
    run: { (input, options) throws(QuantizationError) in
      try options.requireBits(8, for: "llm-int8")
      let method = LLMInt8(
        threshold: Float(options.threshold ?? 6),
        arithmetic: options.bitsandbytes ?? false ? .bitsandbytes : .exact)
      let weight = try VectorwiseCodes(input.weight, named: "weight")
      let codes = weight.codes
      var result = LayerResult(
        codes: codes.codes,
        scales: Matrix(rows: codes.rows, columns: 1) { row, _ in codes.scales[row] },
        dequantized: weight.dequantized(method.arithmetic),
        storage: StorageCost(
          weights: input.weight.count,
          items: [
            .init("codes", count: input.weight.count, bitsEach: 8),
            .init("scales", count: codes.rows, bitsEach: 16),
          ]))
      if let activations = input.activations {
        let parts = try method.decomposed(activations)
        result.output = try method.output(of: weight, on: activations, parts: parts)
        result.notes = [
          "\(parts.outlierColumns.count) of \(activations.columns) input channels reach "
            + "\(method.threshold) and were multiplied in floats"
        ]
      }
      return result
    })
}
