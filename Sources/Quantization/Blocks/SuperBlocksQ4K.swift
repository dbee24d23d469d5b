extension SuperBlockLayout {
  /// Q4_K: 8 sub-blocks of 32 codes from 0 to 15, with 6-bit scales and minima; 144 bytes.
  ///
  /// | Bytes | |
  /// | --- | --- |
  /// | 0–1, 2–3 | the half-precision scale and minimum scale |
  /// | 4–15 | the eight scales and minima, as `SixBitPairs` has them |
  /// | 16–143 | codes: each 32 bytes hold 64 weights, the first 32 in the low halves |
  public static let q4K = SuperBlockLayout(
    name: "q4_k", bytesPerBlock: 144, subBlocks: 8, zero: 0,
    read: { bytes in
      let pairs = SixBitPairs.read(bytes + 4)
      return SuperBlock(
        scale: bytes.half(at: 0), minimumScale: bytes.half(at: 2), scales: pairs.scales,
        minima: pairs.minima,
        codes: (0..<SuperBlock.length).map { (bytes + 16).plane($0, bits: 4, stride: 32) })
    },
    write: { block, bytes in
      bytes.update(repeating: 0, count: 144)
      bytes.storeHalf(block.scale, at: 0)
      bytes.storeHalf(block.minimumScale, at: 2)
      SixBitPairs.write(scales: block.scales, minima: block.minima, bytes + 4)
      for (index, code) in block.codes.enumerated() {
        (bytes + 16).addPlane(code, index, bits: 4, stride: 32)
      }
    },
    fit: { values, importance in
      AffineSuperBlockFit(
        subBlocks: 8, largestScale: 63,
        steps: .init(largest: 15, first: -1, growth: 0.1, count: 20, usesMagnitude: false),
        importanceSteps: .init(
          largest: 15, first: -0.9, growth: 0.05, count: 36, usesMagnitude: false),
        spreadFactor: 2, weights: SuperBlockWeights.rootAndMagnitude,
        stored: { scales, minima in SixBitPairs.stored(scales: scales, minima: minima) }
      ).fit(values, importance)
    })
}

/// Weights of errors that need no data.
enum SuperBlockWeights {
  /// √(mean x²) + |x|, of Q4_K and Q5_K.
  static func rootAndMagnitude(_ run: UnsafeBufferPointer<Float>) -> [Float] {
    let root = (run.squares / Float(run.count)).squareRoot()
    return run.map { root + $0.magnitude }
  }
}
