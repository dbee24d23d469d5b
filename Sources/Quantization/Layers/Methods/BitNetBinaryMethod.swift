internal import Tensors

extension LayerMethod {
  /// The sign alone, times the mean magnitude.
  static let bitNetBinary = LayerMethod(
    name: "bitnet-binary",
    summary: "the sign of each weight less the mean, times the mean magnitude",
    options: [.bits, .groupSize], bitsRule: "1 + 16/n, or 1 + 16/g with a group size",
    source: "Wang et al. 2023, arXiv:2310.11453", obstacle: .signs,
    check: { (options, _, columns) throws(QuantizationError) in
      try options.requireBits(1, for: "bitnet-binary")
      if options.groupSize != nil { _ = try options.resolvedGroupSize(columns: columns) }
    },
    run: { (input, options) throws(QuantizationError) in
      try options.requireBits(1, for: "bitnet-binary")
      let weights = try BitNetWeights.binary(input.weight, groupSize: options.groupSize)
      return LayerResult(weights, shape: input.weight, bits: 1)
    })
}
