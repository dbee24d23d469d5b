internal import Tensors

extension LayerMethod {
  /// Hadamard transforms on both sides and E8 points with feedback.
  static let quipSharp = LayerMethod(
    name: "quip-sharp",
    summary: "both sides turned by Hadamard transforms, then E8 points with feedback",
    options: [.bits, .damping, .raiseDamping, .doublePrecision, .passes, .blockwise],
    needs: .statistics, bitsRule: "b + 16/n, and 1/out + 1/in for the signs; b is 2, 3 or 4",
    source: "QuIP#, Tseng et al. 2024, arXiv:2402.04396", obstacle: .vectors,
    check: { (options, rows, columns) throws(QuantizationError) in
      try QuIPSharp.check(
        bits: try options.resolvedBits(in: 2...4, for: "quip-sharp"), rows: rows, columns: columns,
        blockwise: options.blockwise ?? false)
      try options.checkIncoherence()
    },
    run: { (input, options) throws(QuantizationError) in
      var method = QuIPSharp(bits: try options.resolvedBits(in: 2...4, for: "quip-sharp"))
        .configured(by: options)
      method.blockwise = options.blockwise ?? false
      let weight = input.weight
      let result = try method.quantize(
        weight, statistics: try options.turnedStatistics(of: input, for: "quip-sharp"))
      let codebook = try LatticeCodebook(bits: method.bits)
      let vectors = weight.count / 8
      let names = ["codes", "residual codes"]
      var layer = LayerResult(
        result, codes: Codes([UInt8]()), zero: 0,
        stored: zip(names, codebook.stageBits).map { .init($0, count: vectors, bitsEach: $1) } + [
          .init("scale", count: 1, bitsEach: 16),
          .init("rotation signs", count: weight.rows + weight.columns, bitsEach: 1),
        ])
      layer.vectorCodes = VectorCodes(
        values: result.codes, perRow: weight.columns / 8 * codebook.stages)
      layer.lattice = codebook
      return layer
    })
}
