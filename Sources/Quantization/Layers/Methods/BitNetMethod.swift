internal import Tensors

extension LayerMethod {
  /// −1, 0 or 1 times the mean magnitude.
  static let bitNet = LayerMethod(
    name: "bitnet", summary: "-s, 0 or s, s the mean magnitude: BitNet b1.58 without its training",
    options: [.bits, .groupSize], bitsRule: "2 + 16/n, or 2 + 16/g with a group size",
    source: "Ma et al. 2024, arXiv:2402.17764",
    check: { (options, _, columns) throws(QuantizationError) in
      try options.requireBits(2, for: "bitnet")
      if options.groupSize != nil { _ = try options.resolvedGroupSize(columns: columns) }
    },
    run: { (input, options) throws(QuantizationError) in
      try options.requireBits(2, for: "bitnet")
      let weights = try BitNetWeights.ternary(input.weight, groupSize: options.groupSize)
      var result = LayerResult(weights, shape: input.weight, bits: 2)
      let narrow = weights.scales.count { Double($0) < 100 * BitNetWeights.epsilon && $0 > 0 }
      if narrow > 0 {
        result.notes.append(
          "in \(narrow) of \(weights.scales.count) runs the mean magnitude is so small that the published "
            + "ε of \(BitNetWeights.epsilon) moves the threshold: scale the weights up first")
      }
      return result
    })
}
