internal import Grids
internal import Tensors

extension LayerMethod {
  /// One codebook for the tensor, learned on its weights divided by their group's largest magnitude.
  static let lloydMax = LayerMethod(
    name: "lloyd-max",
    summary: "one codebook learned for the tensor, each group scaled to its maximum",
    options: [.bits, .groupSize], bitsRule: "b + 16/g + 16 × 2^b/n",
    source: "Lloyd 1982, Max 1960",
    obstacle: .levels,
    check: { (options, _, columns) throws(QuantizationError) in
      _ = try options.resolvedBits(for: "lloyd-max")
      _ = try options.resolvedGroupSize(columns: columns)
    },
    run: { (input, options) throws(QuantizationError) in
      let weight = input.weight
      let bits = try options.resolvedBits(for: "lloyd-max")
      let groupSize = try options.resolvedGroupSize(columns: weight.columns)
      let codebook = learnedLevels(weight, groupSize: groupSize, bits: bits)
      let quantized = GroupwiseCodes(
        weight, groupSize: groupSize, threads: options.threads
      ) { group, codes, _ in
        let scale = unitScale(of: group)
        for index in group.indices {
          codes[index] = UInt8(codebook.encode(scale > 0 ? group[index] / scale : 0))
        }
        return scale  // 0 for a group of zeros: no level need be zero
      }
      return quantized.result(
        codebook.table, bits: bits, codebooks: Matrix([padded(codebook.table, to: 1 << bits)]),
        stored: [
          .init("scales", count: quantized.scales.count, bitsEach: 16),
          .init("codebook", count: 1 << bits, bitsEach: 16),
        ])
    })

  /// A codebook of its own for each group, the best there is.
  static let kMeans = LayerMethod(
    name: "kmeans", summary: "a codebook for each group, by exact one-dimensional k-means",
    options: [.bits, .groupSize], bitsRule: "b + 16 × 2^b/g",
    source: "weight sharing in Han et al. 2015, arXiv:1510.00149; exact by Wang and Song 2011",
    obstacle: .levels,
    check: { (options, _, columns) throws(QuantizationError) in
      _ = try options.resolvedBits(for: "kmeans")
      _ = try options.resolvedGroupSize(columns: columns)
    },
    run: { (input, options) throws(QuantizationError) in
      let weight = input.weight
      let bits = try options.resolvedBits(for: "kmeans")
      let groupSize = try options.resolvedGroupSize(columns: weight.columns)
      let levels = 1 << bits
      var codebooks = [Float](repeating: 0, count: weight.count / groupSize * levels)
      let quantized = codebooks.withUnsafeMutableBufferPointer { codebooks in
        nonisolated(unsafe) let codebooks = codebooks
        return GroupwiseCodes(
          weight, groupSize: groupSize, threads: options.threads
        ) { group, codes, number in
          let codebook = finiteFit { () throws(GridError) in
            try Codebook.kMeans(of: Array(group), levels: levels)
          }
          for index in group.indices { codes[index] = UInt8(codebook.encode(group[index])) }
          for (level, value) in padded(codebook.table, to: levels).enumerated() {
            codebooks[number * levels + level] = value
          }
          return 1  // the levels are in weight units already
        }
      }
      let dequantized = Matrix(rows: weight.rows, columns: weight.columns) {
        (values: UnsafeMutableBufferPointer<Float>) in
        for index in values.indices {
          values[index] = codebooks[index / groupSize * levels + Int(quantized.codes[index])]
        }
      }
      return LayerResult(
        codes: Codes(quantized.codes), scales: quantized.scaleMatrix, dequantized: dequantized,
        codebooks: Matrix(rows: quantized.scales.count, columns: levels) { row, column in
          codebooks[row * levels + column]
        },
        storage: StorageCost(
          weights: weight.count,
          items: [
            .init("codes", count: weight.count, bitsEach: bits),
            .init("codebooks", count: codebooks.count, bitsEach: 16),
          ]))
    })

  /// The most samples a codebook is learned from; of larger tensors every k-th weight is taken.
  private static let largestSample = 1 << 20

  /// The levels Lloyd's iteration ends at, for weights divided by their group's largest magnitude.
  private static func learnedLevels(_ weight: Matrix, groupSize: Int, bits: Int) -> Codebook {
    // An odd stride, so that it does not keep step with groups and rows of even length.
    let stride = weight.count <= largestSample ? 1 : (weight.count / largestSample) | 1
    var samples: [Float] = []
    weight.withUnsafeBufferPointer { values in
      var group = -1
      var scale: Float = 1
      for index in Swift.stride(from: 0, to: values.count, by: stride) {
        if index / groupSize != group {
          group = index / groupSize
          let start = group * groupSize
          scale = unitScale(of: UnsafeBufferPointer(rebasing: values[start..<start + groupSize]))
        }
        if scale > 0 { samples.append(values[index] / scale) }
      }
    }
    if samples.isEmpty { samples = [0] }
    return finiteFit { () throws(GridError) in try Codebook.lloydMax(of: samples, levels: 1 << bits)
    }
  }

  /// The largest magnitude of a group, large enough to divide by; 0 for a group of zeros.
  private static func unitScale(of group: UnsafeBufferPointer<Float>) -> Float {
    let magnitude = group.largestMagnitude
    return magnitude > 0 ? max(magnitude, .leastNormalMagnitude) : 0
  }

  /// A table filled up with its last level, where there were fewer distinct weights than levels.
  private static func padded(_ table: [Float], to count: Int) -> [Float] {
    table + [Float](repeating: table.last ?? 0, count: count - table.count)
  }
}
