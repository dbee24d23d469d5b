internal import Tensors

extension LayerMethod {
  /// −1, 0 or 1 times the mean magnitude.
  static let bitNet = LayerMethod(
    name: "bitnet", summary: "-s, 0 or s, s the mean magnitude: BitNet b1.58 without its training",
    options: [.bits, .groupSize], bitsRule: "2 + 16/n, or 2 + 16/g with a group size",
    source: "Ma et al. 2024, arXiv:2402.17764",
    run: { (input, options) throws(QuantizationError) in
      try options.requireBits(2, for: "bitnet")
      let weights = try BitNetWeights.ternary(input.weight, groupSize: options.groupSize)
      return LayerResult(weights, shape: input.weight, bits: 2)
    })
}
