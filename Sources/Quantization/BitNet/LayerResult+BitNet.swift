internal import Tensors

extension LayerResult {
  /// A result whose one scale, where there is only one, is listed for every row and stored once.
  init(_ weights: BitNetWeights, shape: Matrix, bits: Int) {
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
