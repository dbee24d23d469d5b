internal import Grids

extension SuperBlockLayout {
  /// Q3_K: 16 sub-blocks of 16 codes from −4 to 3, with 6-bit scales from −32 to 31; 110 bytes.
  ///
  /// | Bytes | |
  /// | --- | --- |
  /// | 0–31 | third bits: byte l holds those of weights l, l + 32, … , l + 224 |
  /// | 32–95 | the other two bits, as in Q2_K |
  /// | 96–107 | scales + 32: low four bits of j and j + 8 in byte j, top two in bytes 8–11 |
  /// | 108–109 | the half-precision scale |
  public static let q3K = SuperBlockLayout(
    name: "q3_k", bytesPerBlock: 110, subBlocks: 16, zero: 4,
    read: { bytes in
      SuperBlock(
        scale: bytes.half(at: 108),
        scales: (0..<16).map { index in
          let low = (bytes + 96).plane(index, bits: 4, stride: 8)
          return low + (bytes + 104).plane(index, bits: 2, stride: 4) << 4 - 32
        },
        codes: (0..<SuperBlock.length).map { index in
          let low = (bytes + 32).plane(index, bits: 2, stride: 32)
          return low + bytes.plane(index, bits: 1, stride: 32) << 2 - 4
        })
    },
    write: { block, bytes in
      bytes.update(repeating: 0, count: 110)
      for (index, code) in block.codes.enumerated() {
        bytes.addPlane((code + 4) >> 2, index, bits: 1, stride: 32)
        (bytes + 32).addPlane(code + 4, index, bits: 2, stride: 32)
      }
      for (index, scale) in block.scales.enumerated() {
        (bytes + 96).addPlane(scale + 32, index, bits: 4, stride: 8)
        (bytes + 104).addPlane((scale + 32) >> 4, index, bits: 2, stride: 4)
      }
      bytes.storeHalf(block.scale, at: 108)
    },
    fit: fitThreeBits)

  /// Each sub-block's scale, integers for the scales, and the codes on what they stand for.
  ///
  /// Without importance the codes settle by sweeps and the extreme scale becomes −32; with it both
  /// the codes and the scales go through the symmetric search, the scales weighed by what their
  /// sub-blocks' errors weigh.
  @Sendable private static func fitThreeBits(
    _ values: UnsafeBufferPointer<Float>, _ importance: UnsafePointer<Float>?
  ) -> SuperBlock {
    let spread = 2 * values.squares / Float(SuperBlock.length)
    var codes = [UInt8](repeating: 0, count: SuperBlock.length)
    var scales: [Float] = []
    var weightSums: [Float] = []
    for start in stride(from: 0, to: SuperBlock.length, by: 16) {
      let run = UnsafeBufferPointer(rebasing: values[start..<start + 16])
      var found = [UInt8](repeating: 0, count: 16)
      if let importance {
        let weights = run.weights(importance: importance + start, spread: spread)
        scales.append(
          BlockSearch.symmetric(run, limit: 4, weights: weights, codes: &found))
        weightSums.append(weights.reduce(0, +))
      } else {
        scales.append(BlockSearch.sweeps(run, limit: 4, codes: &found))
      }
      codes.replaceSubrange(start..<start + 16, with: found)
    }

    let shared: Float
    let integers: [Int]
    if importance != nil {
      var found = [UInt8](repeating: 0, count: 16)
      shared = scales.withUnsafeBufferPointer { scales in
        BlockSearch.symmetric(scales, limit: 32, weights: weightSums, codes: &found)
      }
      integers = found.map { Int($0) - 32 }
    } else if let extreme = scales.extreme {
      let inverse = -32 / extreme
      shared = 1 / inverse
      integers = scales.map { max(-32, min(31, BlockRounding.nearestEven(inverse * $0))) }
    } else {
      shared = 0
      integers = [Int](repeating: -32, count: 16)  // six bits of 0
    }
    return SuperBlock(
      rounding: values, scale: shared, scales: integers, limit: 4, found: codes)
  }
}

extension SuperBlock {
  /// The codes on the grids that the stored scales stand for; without a grid those found before stay.
  ///
  /// - Parameters:
  ///   - values: 256 values.
  ///   - scale: The block's scale, not yet in half precision.
  ///   - scales: The integers of the sub-blocks.
  ///   - limit: Codes go from minus this to one less.
  ///   - found: Codes of the search, `limit` added.
  init(
    rounding values: UnsafeBufferPointer<Float>, scale: Float, scales: [Int], limit: Int,
    found: [UInt8]
  ) {
    let stored = Float(float16Bits: scale.float16Bits)
    let codes = found.enumerated().map { index, code in
      let step = stored * Float(scales[index / 16])
      guard step != 0 else { return Int(code) - limit }
      return max(-limit, min(limit - 1, BlockRounding.nearestEven(values[index] / step)))
    }
    self.init(scale: stored, scales: scales, codes: codes)
  }
}

extension [Float] {
  /// The value of the largest magnitude, the first of several; nil where all are 0.
  var extreme: Float? {
    let found = reduce(0 as Float) { $1.magnitude > $0.magnitude ? $1 : $0 }
    return found == 0 ? nil : found
  }
}
