internal import Tensors

extension LayerMethod {
  /// −1, 0 or 1 times the mean magnitude.
  static let bitNet = LayerMethod(
    name: "bitnet", summary: "-s, 0 or s, s the mean magnitude: BitNet b1.58 without its training",
    options: [.bits, .groupSize], bitsRule: "2 + 16/n, or 2 + 16/g with a group size",
    source: "Ma et al. 2024, arXiv:2402.17764",
    run: { (input, options) throws(QuantizationError) in
      try options.requireBits(2, for: "bitnet")
      let weights = try BitNetWeights.ternary(input.weight, groupSize: options.groupSize)
      return LayerResult(weights, shape: input.weight, bits: 2)
    })

  /// The sign alone, times the mean magnitude.
  static let bitNetBinary = LayerMethod(
    name: "bitnet-binary",
    summary: "the sign of each weight less the mean, times the mean magnitude",
    options: [.bits, .groupSize], bitsRule: "1 + 16/n, or 1 + 16/g with a group size",
    source: "Wang et al. 2023, arXiv:2310.11453",
    run: { (input, options) throws(QuantizationError) in
      try options.requireBits(1, for: "bitnet-binary")
      let weights = try BitNetWeights.binary(input.weight, groupSize: options.groupSize)
      return LayerResult(weights, shape: input.weight, bits: 1)
    })
}

extension LayerResult {
  /// A result whose one scale, where there is only one, is listed for every row and stored once.
  fileprivate init(_ weights: BitNetWeights, shape: Matrix, bits: Int) {
    let isWhole = weights.shared == shape.count
    let across = isWhole ? 1 : shape.columns / weights.shared
    self.init(
      codes: weights.codes,
      scales: Matrix(rows: shape.rows, columns: across) { row, column in
        weights.scales[isWhole ? 0 : row * across + column]
      },
      dequantized: weights.dequantized,
      storage: StorageCost(
        weights: shape.count,
        items: [
          .init("codes", count: shape.count, bitsEach: bits),
          .init("scales", count: weights.scales.count, bitsEach: 16),
        ]))
  }
}
