internal import Tensors

extension LayerMethod {
  /// Sums of entries of learned codebooks, eight weights at a time.
  static let aqlm = LayerMethod(
    name: "aqlm", summary: "eight weights as a sum of entries, one from each learned codebook",
    options: [.bits, .codebooks, .beam, .iterations], needs: .statistics,
    bitsRule: "m × b/8 + 128 × m × 2^b/n + 16/row, b the bits of a code",
    source: "Egiazarian et al. 2024, arXiv:2401.06118", isSlow: true,
    run: { (input, options) throws(QuantizationError) in
      let search = AQLM(
        codebooks: options.codebooks ?? 2, bits: options.bits ?? 8, beam: options.beam ?? 1,
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
