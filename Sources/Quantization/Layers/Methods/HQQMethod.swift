internal import Tensors

extension LayerMethod {
  /// Min-max scales and real zero points, refitted until the mean error no longer falls.
  ///
  /// A zero point is what is solved for, and it is no code: rounding it to b bits would undo the method.
  /// So it is counted with 16 bits, as the published package stores it.
  static let hqq = LayerMethod(
    name: "hqq", summary: "min-max scales, real zero points refitted until the error stops falling",
    options: [.bits, .groupSize, .iterations, .legacy],
    bitsRule: "b + (16 + 16)/g: zero points are real numbers, stored like the scales",
    source: "Badri and Shaji 2023, Half-Quadratic Quantization of Large Machine Learning Models",
    obstacle: .realZeros,
    check: { (options, _, columns) throws(QuantizationError) in
      _ = try options.hqq(columns: columns).checked(columns: columns)
    },
    run: { (input, options) throws(QuantizationError) in
      let solution = try options.hqq(columns: input.weight.columns).solve(
        input.weight, threads: options.threads, progress: options.progress)
      var result = LayerResult(
        codes: solution.codes, scales: solution.scales, zeros: solution.zeros,
        dequantized: solution.dequantized, storage: solution.storage)
      let setApart = solution.history.map(\.setApart).max() ?? 0
      let smallest = solution.scales.withUnsafeBufferPointer { $0.min() ?? 1 }
      if smallest <= 1 / 2e4 {
        result.notes.append(
          "some groups are so narrow that the published limit on 1/scale, 20000, widens their grid: scale "
            + "the weights up first")
      }
      if solution.history.count > 0, setApart == 0 {
        result.notes.append(
          "no error left the dead zone: the ℓp part did nothing, zero points are plain means")
      }
      return result
    })
}

extension LayerOptions {
  /// The solver that was asked for.
  fileprivate func hqq(columns: Int) throws(QuantizationError) -> HQQ {
    HQQ(
      bits: try resolvedBits(for: "hqq"), groupSize: try resolvedGroupSize(columns: columns),
      iterations: iterations ?? 20, behavior: legacy == true ? .legacy : .second)
  }
}
