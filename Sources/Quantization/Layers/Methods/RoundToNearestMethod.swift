internal import Tensors

extension LayerMethod {
  /// Each weight alone, to the nearest point of its group's grid.
  static let roundToNearest = LayerMethod(
    name: "rtn", summary: "each weight alone, to the nearest point of its group's affine grid",
    options: [.bits, .groupSize, .symmetry, .range],
    bitsRule: "b + 16/g symmetric, b + (16 + b)/g asymmetric",
    source: "the baseline of Frantar et al. 2022, arXiv:2210.17323",
    check: { (options, rows, columns) throws(QuantizationError) in
      try options.roundingScheme(columns: columns, for: "rtn").validate(
        rows: rows, columns: columns)
    },
    run: { (input, options) throws(QuantizationError) in
      let scheme = try options.roundingScheme(columns: input.weight.columns, for: "rtn")
      let quantized = try input.weight.roundedToNearest(scheme, threads: options.threads)
      return LayerResult(quantized, threads: options.threads)
    })
}

extension LayerOptions {
  /// The grid of the methods that round on one: asymmetric unless asked, symmetric without the lowest code.
  func roundingScheme(
    columns: Int, for method: String
  ) throws(QuantizationError) -> QuantizationScheme {
    let symmetric = symmetric ?? false
    return QuantizationScheme(
      bits: try resolvedBits(in: (symmetric ? 2 : 1)...8, for: method),
      symmetry: symmetric ? .symmetric(.restricted) : .asymmetric,
      granularity: .group(try resolvedGroupSize(columns: columns)), range: range ?? .minMax)
  }
}
