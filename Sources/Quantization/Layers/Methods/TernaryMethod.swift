internal import Grids
internal import Tensors

extension LayerMethod {
  /// −s, 0 or s, with the s and the threshold of least squared error.
  static let ternary = LayerMethod(
    name: "ternary", summary: "-s, 0 or s with the least squared error, exact over every threshold",
    options: [.bits, .groupSize], bitsRule: "2 + 16/g; 1.6 + 16/g with five codes to a byte",
    source: "the exact form of Li et al. 2016, arXiv:1605.04711",
    check: { (options, _, columns) throws(QuantizationError) in
      try options.requireBits(2, for: "ternary")
      _ = try options.resolvedGroupSize(columns: columns)
    },
    run: { (input, options) throws(QuantizationError) in
      let weight = input.weight
      try options.requireBits(2, for: "ternary")
      let groupSize = try options.resolvedGroupSize(columns: weight.columns)
      let quantized = GroupwiseCodes(
        weight, groupSize: groupSize, threads: options.threads
      ) { group, codes, _ in
        let grid = finiteFit { () throws(GridError) in
          try TernaryGrid.leastSquares(of: Array(group))
        }
        for index in group.indices {
          codes[index] = UInt8(bitPattern: Int8(grid.encode(group[index])))
        }
        return grid.scale > 0 ? grid.scale : 1  // a group of zeros
      }
      let trits = PackedTrits.bytesPerRow(columns: weight.columns) * weight.rows
      let signs = (0..<256).map { Float(Codes.integer(of: UInt8($0), isSigned: true)) }
      var result = quantized.result(
        signs, bits: 2, isSigned: true,
        stored: [.init("scales", count: quantized.scales.count, bitsEach: 16)])
      let smaller = StorageCost(
        weights: weight.count,
        items: [
          .init("bytes of five codes", count: trits, bitsEach: 8),
          .init("scales", count: quantized.scales.count, bitsEach: 16),
        ])
      result.notes = [
        "codes are counted four to a byte; five to a byte, rows filled up, it is "
          + "\(smaller.bitsPerWeight) bits a weight"
      ]
      return result
    })
}
