extension BlockFormat {
  /// Q8_K: 256 signed bytes, a single-precision scale, and the sums of every 16; 292 bytes.
  ///
  /// The form in which llama.cpp holds activations while it multiplies them with the other K-quants:
  /// the sums let it take a minimum off a whole sub-block at once. No file stores weights so.
  static let eightBitsWithSums = BlockFormat(
    name: "q8_k", summary: "256 activations, 8 bits each, one fp32 scale, sums of 16",
    typeID: 15, blockLength: SuperBlock.length, bytesPerBlock: 292, isSigned: true,
    encodeRowReference: { values, _, bytes in
      for block in 0..<values.count / SuperBlock.length {
        let start = block * SuperBlock.length
        encode(
          UnsafeBufferPointer(rebasing: values[start..<start + SuperBlock.length]),
          bytes + block * 292)
      }
    },
    decodeRow: { bytes, values in
      for index in values.indices {
        let block = bytes + index / SuperBlock.length * 292
        let code = Int8(bitPattern: block[4 + index % SuperBlock.length])
        values[index] = block.float(at: 0) * Float(code)
      }
    },
    unpackRow: { bytes, codes, scales, zeros in
      for block in 0..<codes.count / SuperBlock.length {
        scales[block] = (bytes + block * 292).float(at: 0)
        zeros[block] = 0
      }
      for index in codes.indices {
        codes[index] = bytes[index / SuperBlock.length * 292 + 4 + index % SuperBlock.length]
      }
    })

  /// The extreme value, sign and all, becomes −127.
  private static func encode(
    _ values: UnsafeBufferPointer<Float>, _ bytes: UnsafeMutablePointer<UInt8>
  ) {
    let extreme = values.reduce(0 as Float) { $1.magnitude > $0.magnitude ? $1 : $0 }
    bytes.update(repeating: 0, count: 292)
    guard extreme != 0 else { return }
    let inverse = -127 / extreme
    let scale = (1 / inverse).bitPattern
    for index in 0..<4 { bytes[index] = UInt8(truncatingIfNeeded: scale >> (8 * index)) }
    for sum in 0..<16 {
      var total = 0
      for index in 16 * sum..<16 * sum + 16 {
        let code = min(127, BlockRounding.nearestEven(inverse * values[index]))
        bytes[4 + index] = UInt8(truncatingIfNeeded: code)
        total += code
      }
      bytes[260 + 2 * sum] = UInt8(truncatingIfNeeded: total)
      bytes[261 + 2 * sum] = UInt8(truncatingIfNeeded: total >> 8)
    }
  }
}

extension UnsafePointer<UInt8> {
  /// The single-precision number that begins at a byte.
  func float(at offset: Int) -> Float {
    Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(self[offset + $1]) << (8 * $1) })
  }
}
