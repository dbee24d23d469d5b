internal import Tensors

extension LayerMethod {
  /// Groups of symmetric weights, int8 inputs token by token.
  static let zeroQuant = LayerMethod(
    name: "zeroquant",
    summary: "symmetric groups of weights; int8 inputs, a (symmetric) grid for each token",
    options: [.bits, .groupSize, .symmetry], computesOutput: true, bitsRule: "b + 16/g",
    source: "Yao et al. 2022, arXiv:2206.01861",
    check: { (options, _, columns) throws(QuantizationError) in
      _ = try options.resolvedBits(in: 2...8, for: "zeroquant")
      _ = try options.resolvedGroupSize(columns: columns)
    },
    run: { (input, options) throws(QuantizationError) in
      // Weights are symmetric here; what the caller says about symmetry is about the inputs.
      let method = ZeroQuant(
        bits: try options.resolvedBits(in: 2...8, for: "zeroquant"),
        groupSize: try options.resolvedGroupSize(columns: input.weight.columns),
        activationSymmetry: options.symmetric ?? true ? .symmetric(.restricted) : .asymmetric)
      let quantized = try method.quantized(input.weight, threads: options.threads)
      var result = LayerResult(quantized, threads: options.threads)
      result.output = try input.activations.map { (activations) throws(QuantizationError) in
        try method.activationQuantizer.output(of: quantized, on: activations)
      }
      return result
    })
}
