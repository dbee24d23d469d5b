internal import Tensors

extension LayerMethod {
  /// Sums of entries of learned codebooks, eight weights at a time.
  ///
  /// `bits` is what the indices take a weight: with m codebooks of c bits each, m·c/8. Two of the three
  /// give the third; with bits alone codes have 8 bits, and with nothing said two bits are 2 × 8.
  static let aqlm = LayerMethod(
    name: "aqlm", summary: "eight weights as a sum of entries, one from each learned codebook",
    options: [.bits, .codebooks, .codebookBits, .beam, .iterations], needs: .statistics,
    bitsRule:
      "b + 128 × m × 2^c/n + 16/in; m codebooks of c bits, m × c = 8 × b (2 bits, m = b, c = 8)",
    source: "Egiazarian et al. 2024, arXiv:2401.06118", isSlow: true, obstacle: .vectors,
    check: { (options, _, columns) throws(QuantizationError) in
      let (codebooks, width) = try options.codebookLayout()
      try AQLM(
        codebooks: codebooks, bits: width, beam: options.beam ?? 1,
        iterations: options.iterations ?? 10
      ).check(columns: columns)
    },
    run: { (input, options) throws(QuantizationError) in
      let (codebooks, width) = try options.codebookLayout()
      let search = AQLM(
        codebooks: codebooks, bits: width, beam: options.beam ?? 1,
        iterations: options.iterations ?? 10, seed: options.seed ?? 0)
      let solution = try search.solve(
        input.weight, hessian: input.statistics(for: "aqlm").hessian, threads: options.threads,
        progress: options.progress)
      var result = LayerResult(
        codes: Codes([UInt8]()),
        scales: Matrix(rows: input.weight.rows, columns: 1) { row, _ in solution.scales[row] },
        dequantized: solution.dequantized, codebooks: solution.codebooks,
        storage: solution.storage)
      result.vectorCodes = solution.codes
      result.loss = solution.loss
      return result
    })
}

extension LayerOptions {
  /// How many codebooks, and the width of an index into one: codebooks × width = 8 × bits.
  ///
  /// - Throws: `QuantizationError.bits`, `.parameter`, or `.codebooksDoNotFit` where what was said has
  ///   no whole answer or contradicts itself.
  fileprivate func codebookLayout() throws(QuantizationError) -> (count: Int, width: Int) {
    if let bits, !(1...8).contains(bits) { throw .bits(bits, allowed: 1...8, who: "aqlm") }
    for (name, value) in [("codebooks", codebooks), ("codebook bits", codebookBits)] {
      if let value, !(1...16).contains(value) {
        throw .parameter(name: name, value: Double(value), expected: "1 to 16")
      }
    }
    if bits == nil, let codebooks { return (codebooks, codebookBits ?? 8) }
    let bits = bits ?? 2
    let count = codebooks ?? 8 * bits / (codebookBits ?? 8)
    let width = codebookBits ?? 8 * bits / max(count, 1)
    guard count * width == 8 * bits, (1...16).contains(width), (1...16).contains(count) else {
      throw .codebooksDoNotFit(bits: bits, codebooks: codebooks, codebookBits: codebookBits)
    }
    return (count, width)
  }
}
