internal import Tensors

extension LayerMethod {
  /// Vector-wise int8 with the outlier channels of the inputs multiplied in floats.
  static let llmInt8 = LayerMethod(
    name: "llm-int8",
    summary: "int8 rows and tokens; input channels with outliers stay in floats",
    options: [.bits, .threshold], bitsRule: "8 + 32/in, as bitsandbytes stores it",
    source: "Dettmers et al. 2022, arXiv:2208.07339; bitsandbytes",
    run: { (input, options) throws(QuantizationError) in
      try options.requireBits(8, for: "llm-int8")
      let method = LLMInt8(threshold: Float(options.threshold ?? 6))
      let weight = try VectorwiseCodes(input.weight, named: "weight")
      let codes = weight.codes
      var result = LayerResult(
        codes: codes.codes,
        scales: Matrix(rows: codes.rows, columns: 1) { row, _ in codes.scales[row] },
        dequantized: weight.dequantized(),
        storage: StorageCost(
          weights: input.weight.count,
          items: [
            .init("codes", count: input.weight.count, bitsEach: 8),
            .init("largest magnitudes", count: codes.rows, bitsEach: 32),
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
