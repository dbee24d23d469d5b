internal import Tensors

extension LayerMethod {
  /// One codebook for the layer, indices in a Huffman code.
  static let deepCompression = LayerMethod(
    name: "deep-compression",
    summary: "one codebook for the tensor from evenly spaced levels, codes in a Huffman code",
    options: [.bits, .groupSize, .iterations],
    bitsRule: "entropy of the codes up to 1 more + 24 × 2^b/n",
    source: "Han, Mao and Dally 2015, arXiv:1510.00149, sections 3 and 4", obstacle: .levels,
    check: { (options, _, columns) throws(QuantizationError) in
      let sharing = try options.weightSharing
      try sharing.check()
      if options.groupSize != nil { _ = try options.resolvedGroupSize(columns: columns) }
    },
    run: { (input, options) throws(QuantizationError) in
      let shared = try options.weightSharing.cluster(input.weight, progress: options.progress)
      let across = options.groupSize == nil ? 1 : input.weight.columns / shared.shared
      return LayerResult(
        codes: shared.codes,
        scales: Matrix(rows: input.weight.rows, columns: across, repeating: 1),
        dequantized: shared.dequantized, codebooks: shared.codebooks,
        storage: try shared.huffmanStorage())
    })
}

extension LayerOptions {
  /// The clustering that was asked for.
  fileprivate var weightSharing: WeightSharing {
    get throws(QuantizationError) {
      WeightSharing(
        bits: try resolvedBits(for: "deep-compression"), groupSize: groupSize,
        iterations: iterations ?? 1000)
    }
  }
}
