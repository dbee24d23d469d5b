extension SuperBlockLayout {
  /// Q6_K: 16 sub-blocks of 16 codes from −32 to 31, with 8-bit scales; 210 bytes.
  ///
  /// | Bytes | |
  /// | --- | --- |
  /// | 0–127 | low four bits: each 64 bytes hold 128 weights, the first 64 in the low halves |
  /// | 128–191 | top two bits, arranged as the codes of Q2_K |
  /// | 192–207 | the sixteen scales |
  /// | 208–209 | the half-precision scale |
  public static let q6K = SuperBlockLayout(
    name: "q6_k", bytesPerBlock: 210, subBlocks: 16, zero: 32,
    read: { bytes in
      SuperBlock(
        scale: bytes.half(at: 208),
        scales: (0..<16).map { Int(Int8(bitPattern: bytes[192 + $0])) },
        codes: (0..<SuperBlock.length).map { index in
          let low = bytes.plane(index, bits: 4, stride: 64)
          return low + (bytes + 128).plane(index, bits: 2, stride: 32) << 4 - 32
        })
    },
    write: { block, bytes in
      bytes.update(repeating: 0, count: 210)
      for (index, code) in block.codes.enumerated() {
        bytes.addPlane(code + 32, index, bits: 4, stride: 64)
        (bytes + 128).addPlane((code + 32) >> 4, index, bits: 2, stride: 32)
      }
      for (index, scale) in block.scales.enumerated() {
        bytes[192 + index] = UInt8(bitPattern: Int8(scale))
      }
      bytes.storeHalf(block.scale, at: 208)
    },
    fit: { values, importance in
      var codes = [UInt8](repeating: 0, count: SuperBlock.length)
      var scales: [Float] = []
      for start in stride(from: 0, to: SuperBlock.length, by: 16) {
        let run = UnsafeBufferPointer(rebasing: values[start..<start + 16])
        var found = [UInt8](repeating: 0, count: 16)
        scales.append(
          BlockSearch.symmetric(
            run, limit: 32, weights: importance.map { $0 + start }, codes: &found))
        codes.replaceSubrange(start..<start + 16, with: found)
      }
      guard let extreme = scales.extreme, extreme.magnitude >= BlockSearch.smallestMagnitude else {
        // A block of (nearly) zeros is stored as bytes of 0: the codes are then −32, the scales 0.
        return SuperBlock(
          scale: 0, scales: [Int](repeating: 0, count: 16),
          codes: [Int](repeating: -32, count: SuperBlock.length))
      }
      let inverse = -128 / extreme
      let integers = scales.map { min(127, BlockRounding.nearestEven(inverse * $0)) }
      return SuperBlock(
        rounding: values, scale: 1 / inverse, scales: integers, limit: 32, found: codes)
    })
}
