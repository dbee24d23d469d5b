extension SuperBlockLayout {
  /// Q2_K: 16 sub-blocks of 16 codes from 0 to 3, with 4-bit scales and minima; 84 bytes.
  ///
  /// | Bytes | |
  /// | --- | --- |
  /// | 0–15 | of each sub-block: scale in the low half, minimum in the high half |
  /// | 16–79 | codes: byte l of each 32 holds weights l, l + 32, l + 64, l + 96 of a half |
  /// | 80–81, 82–83 | the half-precision scale and minimum scale |
  public static let q2K = SuperBlockLayout(
    name: "q2_k", bytesPerBlock: 84, subBlocks: 16, zero: 0,
    read: { bytes in
      SuperBlock(
        scale: bytes.half(at: 80), minimumScale: bytes.half(at: 82),
        scales: (0..<16).map { Int(bytes[$0] & 15) }, minima: (0..<16).map { Int(bytes[$0] >> 4) },
        codes: (0..<SuperBlock.length).map { (bytes + 16).plane($0, bits: 2, stride: 32) })
    },
    write: { block, bytes in
      bytes.update(repeating: 0, count: 84)
      for (index, (scale, minimum)) in zip(block.scales, block.minima).enumerated() {
        bytes[index] = UInt8(scale | minimum << 4)
      }
      for (index, code) in block.codes.enumerated() {
        (bytes + 16).addPlane(code, index, bits: 2, stride: 32)
      }
      bytes.storeHalf(block.scale, at: 80)
      bytes.storeHalf(block.minimumScale, at: 82)
    },
    fit: { values, importance in
      AffineSuperBlockFit(
        subBlocks: 16, largestScale: 15,
        steps: .init(largest: 3, first: -0.5, growth: 0.1, count: 15, usesMagnitude: true),
        importanceSteps: .init(
          largest: 3, first: -0.9, growth: 0.05, count: 36, usesMagnitude: false),
        spreadFactor: 1, weights: { run in run.map(\.magnitude) },
        stored: { scales, minima in
          let bytes = zip(scales, minima).map { ($0 | $1 << 4) & 255 }
          return (bytes.map { $0 & 15 }, bytes.map { $0 >> 4 })
        }
      ).fit(values, importance)
    })
}
