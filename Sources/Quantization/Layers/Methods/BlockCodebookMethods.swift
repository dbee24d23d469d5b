internal import Tensors

extension LayerMethod {
  /// Levels at the quantiles of a normal distribution.
  static let normalFloat4 = blockCodebook(
    .normalFloat4, summary: "16 levels at normal quantiles, blocks of 64, as bitsandbytes",
    source: "Dettmers et al. 2023, arXiv:2305.14314")

  /// A four-bit float with its own step sizes.
  static let float4 = blockCodebook(
    .float4BitsAndBytes, summary: "bitsandbytes' four-bit float, blocks of 64 (not OCP E2M1)",
    source: "bitsandbytes; Dettmers et al. 2023, arXiv:2305.14314")

  /// A row of the table for a codebook in bitsandbytes' layout.
  ///
  /// The group size is the block size over the flattened weight: where it does not divide the row,
  /// blocks cross rows and the scales have shape [1, blocks]. 0 makes a block of each row.
  private static func blockCodebook(
    _ codebook: BlockCodebook, summary: String, source: String
  ) -> LayerMethod {
    LayerMethod(
      name: codebook.name, summary: summary, options: [.bits, .groupSize, .doubleQuantization],
      bitsRule: "4 + 32/g; with double quantization 4 + 8/g + 32/(256 g) + 32/n", source: source,
      obstacle: .levels,
      check: { (options, _, _) throws(QuantizationError) in
        try options.requireBits(4, for: codebook.name)
        if let asked = options.groupSize, asked < 0 {
          throw .sizeNotPositive(name: "group size", value: asked)
        }
      },
      run: { (input, options) throws(QuantizationError) in
        try options.requireBits(4, for: codebook.name)
        let asked = options.groupSize ?? 64
        guard asked >= 0 else { throw .sizeNotPositive(name: "group size", value: asked) }
        let columns = input.weight.columns
        let blockSize = asked == 0 ? columns : asked
        let plain = try input.weight.quantizedInBlocks(
          codebook, blockSize: blockSize, threads: options.threads)
        let quantized = options.doubleQuantization == true ? plain.doublyQuantized() : plain
        let tiles = columns % blockSize == 0
        let across = tiles ? columns / blockSize : quantized.magnitudes.count
        let scales = Matrix(rows: tiles ? input.weight.rows : 1, columns: across) { row, column in
          quantized.magnitudes[row * across + column]
        }
        var result = LayerResult(
          codes: quantized.codes, scales: scales, dequantized: quantized.dequantized(),
          storage: quantized.storage)
        result.levels = codebook.table
        if !tiles { result.scaleRun = blockSize }
        return result
      })
  }
}
