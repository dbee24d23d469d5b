internal import Tensors

extension LayerMethod {
  /// Each weight alone, to the nearest point of its group's grid.
  static let roundToNearest = LayerMethod(
    name: "rtn", summary: "each weight alone, to the nearest point of its group's affine grid",
    options: [.bits, .groupSize, .symmetry, .range],
    bitsRule: "b + 16/g symmetric, b + (16 + b)/g asymmetric",
    source: "the baseline of Frantar et al. 2022, arXiv:2210.17323",
    run: { (input, options) throws(QuantizationError) in
      let symmetric = options.symmetric ?? false
      let bits = try options.resolvedBits(in: (symmetric ? 2 : 1)...8, for: "rtn")
      let groupSize = try options.resolvedGroupSize(columns: input.weight.columns)
      let scheme = QuantizationScheme(
        bits: bits, symmetry: symmetric ? .symmetric(.restricted) : .asymmetric,
        granularity: .group(groupSize), range: options.range ?? .minMax)
      let quantized = try input.weight.roundedToNearest(scheme, threads: options.threads)
      return LayerResult(quantized, threads: options.threads)
    })
}
