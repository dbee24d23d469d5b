internal import CKernels

extension BlockFormat {
  /// Formats of 256 weights whose sub-blocks' scales are quantized themselves.
  static let superBlocks: [BlockFormat] = [
    .superBlock(
      .q2K, typeID: 10, summary: "16 × 16 weights, 2 bits each, 4-bit scales and minima",
      encodeRow: { nibble_q2_k_encode($0.baseAddress, $1, $0.count / SuperBlock.length, $2) },
      decodeRow: { nibble_q2_k_decode($0, $1.count / SuperBlock.length, $1.baseAddress) }),
    .superBlock(
      .q3K, typeID: 11, summary: "16 × 16 weights, 3 bits each, 6-bit scales",
      encodeRow: { nibble_q3_k_encode($0.baseAddress, $1, $0.count / SuperBlock.length, $2) },
      decodeRow: { nibble_q3_k_decode($0, $1.count / SuperBlock.length, $1.baseAddress) }),
    .superBlock(
      .q4K, typeID: 12, summary: "8 × 32 weights, 4 bits each, 6-bit scales and minima",
      encodeRow: { nibble_q4_k_encode($0.baseAddress, $1, $0.count / SuperBlock.length, $2) },
      decodeRow: { nibble_q4_k_decode($0, $1.count / SuperBlock.length, $1.baseAddress) },
      multiplyRows: multiplyQ4K),
    .superBlock(
      .q5K, typeID: 13, summary: "8 × 32 weights, 5 bits each, 6-bit scales and minima",
      encodeRow: { nibble_q5_k_encode($0.baseAddress, $1, $0.count / SuperBlock.length, $2) },
      decodeRow: { nibble_q5_k_decode($0, $1.count / SuperBlock.length, $1.baseAddress) }),
    .superBlock(
      .q6K, typeID: 14, summary: "16 × 16 weights, 6 bits each, 8-bit scales",
      encodeRow: { nibble_q6_k_encode($0.baseAddress, $1, $0.count / SuperBlock.length, $2) },
      decodeRow: { nibble_q6_k_decode($0, $1.count / SuperBlock.length, $1.baseAddress) },
      multiplyRows: { nibble_q6_k_products($0, $1, $2, $3, $4, $5) }),
    .eightBitsWithSums,
  ]

  /// The kernel that suits this processor.
  private static let multiplyQ4K: MultiplyRows = {
    guard nibble_has_q4_k_integers() != 0 else {
      return { nibble_q4_k_products($0, $1, $2, $3, $4, $5) }
    }
    return { nibble_q4_k_integer_products($0, $1, $2, $3, $4, $5) }
  }()

  private static func superBlock(
    _ layout: SuperBlockLayout, typeID: Int, summary: String,
    encodeRow: @escaping EncodeRow, decodeRow: @escaping DecodeRow,
    multiplyRows: MultiplyRows? = nil
  ) -> BlockFormat {
    BlockFormat(
      name: layout.name, summary: summary, typeID: typeID, blockLength: SuperBlock.length,
      bytesPerBlock: layout.bytesPerBlock, runLength: layout.subBlockLength, usesImportance: true,
      encodeRow: encodeRow,
      encodeRowReference: { values, importance, bytes in
        for block in 0..<values.count / SuperBlock.length {
          let start = block * SuperBlock.length
          let run = UnsafeBufferPointer(rebasing: values[start..<start + SuperBlock.length])
          let fitted = layout.fit(run, importance.map { $0 + start })
          layout.write(fitted, bytes + block * layout.bytesPerBlock)
        }
      },
      decodeRow: decodeRow,
      decodeRowReference: { bytes, values in
        for block in 0..<values.count / SuperBlock.length {
          let parts = layout.read(bytes + block * layout.bytesPerBlock)
          for (index, value) in parts.values.enumerated() {
            values[block * SuperBlock.length + index] = value
          }
        }
      },
      unpackRow: { bytes, codes, scales, zeros in
        for block in 0..<codes.count / SuperBlock.length {
          let parts = layout.read(bytes + block * layout.bytesPerBlock)
          parts.unpack(
            codes: .init(rebasing: codes.dropFirst(block * SuperBlock.length)),
            scales: scales + block * layout.subBlocks, zeros: zeros + block * layout.subBlocks,
            zero: layout.zero)
        }
      },
      multiplyRows: multiplyRows)
  }
}

extension SuperBlock {
  /// Codes from 0 and, for each sub-block, the scale and the zero of value = scale × (code − zero).
  fileprivate func unpack(
    codes target: UnsafeMutableBufferPointer<UInt8>, scales: UnsafeMutablePointer<Float>,
    zeros: UnsafeMutablePointer<Float>, zero: Int
  ) {
    for (index, code) in codes.enumerated() { target[index] = UInt8(code + zero) }
    for subBlock in self.scales.indices {
      guard zero == 0 else {
        scales[subBlock] = scale(of: subBlock)
        zeros[subBlock] = Float(zero)
        continue
      }
      let run = BlockFormat.run(scale: scale(of: subBlock), minimum: -minimum(of: subBlock))
      scales[subBlock] = run.scale
      zeros[subBlock] = run.zero
      guard run.isFlat else { continue }
      for index in 0..<subBlockLength { target[subBlock * subBlockLength + index] = 0 }
    }
  }
}
