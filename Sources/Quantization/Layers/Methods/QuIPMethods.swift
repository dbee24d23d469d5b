internal import Tensors

extension LayerMethod {
  /// Kronecker rotations on both sides and scalar rounding with feedback.
  static let quip = LayerMethod(
    name: "quip", summary: "both sides turned at random, then rounding with feedback (LDLQ)",
    options: [.bits, .damping, .raiseDamping, .doublePrecision, .passes], needs: .statistics,
    bitsRule: "b + (16 + 64)/n, and 16/out for the columns' scales",
    source: "Chee et al. 2023, arXiv:2307.13304",
    run: { (input, options) throws(QuantizationError) in
      var method = QuIP(bits: try options.resolvedBits(for: "quip"))
      method.damping = Damping(options.damping ?? 0.01, raises: options.raiseDamping ?? false)
      method.passes = options.passes ?? method.passes
      method.seed = options.seed ?? 0
      method.threads = options.threads
      method.progress = options.progress
      let weight = input.weight
      let result = try method.quantize(
        weight,
        statistics: try input.statistics(
          options.doublePrecision == true ? .double : .single, for: "quip"))
      let zero = Float((1 << method.bits) - 1) / 2  // levels lie around a code between two
      var layer = LayerResult(
        codes: Codes(result.codes.map { UInt8($0) }),
        scales: Matrix(rows: weight.rows, columns: 1, repeating: result.scale),
        zeros: Matrix(rows: weight.rows, columns: 1, repeating: zero),
        dequantized: result.dequantized,
        storage: StorageCost(
          weights: weight.count,
          items: [
            .init("codes", count: weight.count, bitsEach: method.bits),
            .init("scale", count: 1, bitsEach: 16),
            .init("column scales", count: weight.columns, bitsEach: 16),
            .init("rotation seed", count: 1, bitsEach: 64),
          ]))
      layer.loss = result.loss
      layer.damping = result.damping
      layer.notes =
        result.notes + ["codes and scales are those of the weight turned on both sides"]
      return layer
    })

  /// Hadamard transforms on both sides and E8 points with feedback.
  static let quipSharp = LayerMethod(
    name: "quip-sharp",
    summary: "both sides turned by Hadamard transforms, then E8 points with feedback",
    options: [.bits, .damping, .raiseDamping, .doublePrecision, .passes, .blockwise],
    needs: .statistics, bitsRule: "b + 16/n, and 1/out + 1/in for the signs; b is 2, 3 or 4",
    source: "QuIP#, Tseng et al. 2024, arXiv:2402.04396",
    run: { (input, options) throws(QuantizationError) in
      var method = QuIPSharp(bits: try options.resolvedBits(in: 2...4, for: "quip-sharp"))
      method.damping = Damping(options.damping ?? 0.01, raises: options.raiseDamping ?? false)
      method.passes = options.passes ?? method.passes
      method.blockwise = options.blockwise ?? false
      method.seed = options.seed ?? 0
      method.threads = options.threads
      method.progress = options.progress
      let weight = input.weight
      let result = try method.quantize(
        weight,
        statistics: try input.statistics(
          options.doublePrecision == true ? .double : .single, for: "quip-sharp"))
      let codebook = try LatticeCodebook(bits: method.bits)
      let vectors = weight.count / 8
      let names = ["codes", "residual codes"]
      var layer = LayerResult(
        codes: Codes([UInt8]()),
        scales: Matrix(rows: weight.rows, columns: 1, repeating: result.scale),
        dequantized: result.dequantized,
        storage: StorageCost(
          weights: weight.count,
          items: zip(names, codebook.stageBits).map { .init($0, count: vectors, bitsEach: $1) } + [
            .init("scale", count: 1, bitsEach: 16),
            .init("rotation signs", count: weight.rows + weight.columns, bitsEach: 1),
          ]))
      layer.vectorCodes = VectorCodes(
        values: result.codes, perRow: weight.columns / 8 * codebook.stages)
      layer.loss = result.loss
      layer.damping = result.damping
      layer.notes =
        result.notes + ["codes and scales are those of the weight turned on both sides"]
      return layer
    })
}
