internal import Tensors

extension LayerMethod {
  /// Up or down, learned on the layer's output.
  static let adaRound = LayerMethod(
    name: "adaround", summary: "up or down learned for each weight on the layer's output, by Adam",
    options: [.bits, .groupSize, .symmetry, .range, .iterations], needs: .statistics,
    bitsRule: "b + 16/g symmetric, b + (16 + b)/g asymmetric",
    source: "Nagel et al. 2020, arXiv:2004.10568", isSlow: true,
    check: { (options, rows, columns) throws(QuantizationError) in
      let scheme = try options.roundingScheme(columns: columns, for: "adaround")
      try scheme.validate(rows: rows, columns: columns)
      try AdaRound(scheme: scheme, iterations: options.iterations ?? 1000).validate()
    },
    run: { (input, options) throws(QuantizationError) in
      let scheme = try options.roundingScheme(columns: input.weight.columns, for: "adaround")
      let solution = try AdaRound(scheme: scheme, iterations: options.iterations ?? 1000).solve(
        input.weight, hessian: input.statistics(for: "adaround").hessian,
        threads: options.threads, progress: options.progress)
      var result = LayerResult(solution.quantized, threads: options.threads)
      result.loss = solution.loss
      if !solution.keptRows.isEmpty {
        result.notes.append(
          "\(solution.keptRows.count) of \(input.weight.rows) rows kept round-to-nearest: learning "
            + "did not help them")
      }
      return result
    })
}
