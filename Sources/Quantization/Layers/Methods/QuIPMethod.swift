internal import Tensors

extension LayerMethod {
  /// Kronecker rotations on both sides and scalar rounding with feedback.
  static let quip = LayerMethod(
    name: "quip", summary: "both sides turned at random, then rounding with feedback (LDLQ)",
    options: [.bits, .damping, .raiseDamping, .doublePrecision, .passes], needs: .statistics,
    bitsRule: "b + (16 + 64)/n, and 16/out for the columns' scales",
    source: "Chee et al. 2023, arXiv:2307.13304", obstacle: .turned,
    check: { (options, _, _) throws(QuantizationError) in
      _ = try options.resolvedBits(for: "quip")
      try options.checkIncoherence()
    },
    run: { (input, options) throws(QuantizationError) in
      let method = QuIP(bits: try options.resolvedBits(for: "quip")).configured(by: options)
      let result = try method.quantize(
        input.weight, statistics: try options.turnedStatistics(of: input, for: "quip"))
      let zero = Float((1 << method.bits) - 1) / 2  // levels lie around a code between two
      return LayerResult(
        result, codes: Codes(result.codes.map { UInt8($0) }), zero: zero,
        stored: [
          .init("codes", count: input.weight.count, bitsEach: method.bits),
          .init("scale", count: 1, bitsEach: 16),
          .init("column scales", count: input.weight.columns, bitsEach: 16),
          .init("rotation seed", count: 1, bitsEach: 64),
        ])
    })
}
