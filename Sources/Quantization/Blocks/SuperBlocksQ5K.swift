extension SuperBlockLayout {
  /// Q5_K: 8 sub-blocks of 32 codes from 0 to 31, with 6-bit scales and minima; 176 bytes.
  ///
  /// | Bytes | |
  /// | --- | --- |
  /// | 0–1, 2–3 | the half-precision scale and minimum scale |
  /// | 4–15 | the eight scales and minima, as `SixBitPairs` has them |
  /// | 16–47 | fifth bits: byte l holds those of weights l, l + 32, … , l + 224 |
  /// | 48–175 | the other four bits, as in Q4_K |
  public static let q5K = SuperBlockLayout(
    name: "q5_k", bytesPerBlock: 176, subBlocks: 8, zero: 0,
    read: { bytes in
      let pairs = SixBitPairs.read(bytes + 4)
      return SuperBlock(
        scale: bytes.half(at: 0), minimumScale: bytes.half(at: 2), scales: pairs.scales,
        minima: pairs.minima,
        codes: (0..<SuperBlock.length).map { index in
          (bytes + 48).plane(index, bits: 4, stride: 32)
            | (bytes + 16).plane(index, bits: 1, stride: 32) << 4
        })
    },
    write: { block, bytes in
      bytes.update(repeating: 0, count: 176)
      bytes.storeHalf(block.scale, at: 0)
      bytes.storeHalf(block.minimumScale, at: 2)
      SixBitPairs.write(scales: block.scales, minima: block.minima, bytes + 4)
      for (index, code) in block.codes.enumerated() {
        (bytes + 48).addPlane(code, index, bits: 4, stride: 32)
        (bytes + 16).addPlane(code >> 4, index, bits: 1, stride: 32)
      }
    },
    fit: { values, importance in
      AffineSuperBlockFit(
        subBlocks: 8, largestScale: 63,
        steps: .init(largest: 31, first: -0.5, growth: 0.1, count: 15, usesMagnitude: false),
        importanceSteps: .init(
          largest: 31, first: -0.9, growth: 0.05, count: 36, usesMagnitude: false),
        spreadFactor: 2, weights: SuperBlockWeights.rootAndMagnitude,
        stored: { scales, minima in
          // Unlike Q4_K, a scale too large is cut to 63 first.
          SixBitPairs.stored(scales: scales.map { min(63, $0) }, minima: minima)
        }
      ).fit(values, importance)
    })
}
