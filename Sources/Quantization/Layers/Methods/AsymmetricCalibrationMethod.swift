internal import Tensors

extension LayerMethod {
  /// GPTQ aimed at what the float model's layer gives on the float model's inputs.
  static let gptaq = LayerMethod(
    name: "gptaq", summary: "gptq aimed at the float model's output, given its inputs as well",
    options: [
      .bits, .groupSize, .symmetry, .range, .blockSize, .actOrder, .damping, .raiseDamping,
      .doublePrecision,
    ],
    needs: .activations, bitsRule: .feedbackBits,
    source: "the objective of Li et al. 2025, arXiv:2504.02692",
    check: { (options, rows, columns) throws(QuantizationError) in
      try options.checkFeedback(rows: rows, columns: columns, for: "gptaq")
    },
    run: { (input, options) throws(QuantizationError) in
      let scheme = try options.feedbackScheme(columns: input.weight.columns, for: "gptaq")
      let inputs = try input.activations(for: "gptaq")
      let exact = input.exactActivations ?? inputs
      let calibration = try AsymmetricCalibration(
        inputs: inputs, exactInputs: exact,
        precision: options.doublePrecision ?? false ? .double : .single)
      let factor = try HessianFactor(
        calibration.statistics,
        damping: options.resolvedDamping,
        order: options.actOrder ?? false ? .byActivation : .natural, for: "gptaq")
      let target = calibration.target(for: input.weight, factor)
      let quantized = try GPTQ(scheme, blockSize: options.blockSize ?? 128).quantized(
        target, factor, threads: options.threads, progress: options.progress)
      var result = LayerResult(quantized, factor: factor)
      let wanted = exact.multiplyingTransposed(input.weight)
      let plain = OutputError(
        exact: wanted, approximation: inputs.multiplyingTransposed(input.weight))
      let aimed = OutputError(
        exact: wanted, approximation: inputs.multiplyingTransposed(result.dequantized))
      result.notes.append(
        input.exactActivations == nil
          ? "no inputs of the float model were given, so its inputs are taken to be the same: gptq"
          : "‖WX̃ − ŴX‖² over ‖WX̃‖² is \(aimed.relative); with the weight as it was \(plain.relative)"
      )
      return result
    })
}
