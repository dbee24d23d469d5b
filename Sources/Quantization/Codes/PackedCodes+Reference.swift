extension PackedCodes {
  /// The bytes of codes, packed one code after the other: it explains ``bytes`` and judges them.
  ///
  /// - Parameters:
  ///   - codes: Codes that fit the width, row-major.
  ///   - rows: How many rows.
  ///   - columns: How many codes a row.
  ///   - bits: The width of a code, 1 to 8.
  ///   - order: Which end of a byte is filled first.
  /// - Returns: Row after row, each filled up to whole bytes with zero bits.
  public static func packedReference(
    _ codes: Codes, rows: Int, columns: Int, bits: Int, order: BitOrder = .lowestFirst
  ) -> [UInt8] {
    let mask = UInt32(1 << bits) - 1
    var packed: [UInt8] = []
    for row in 0..<rows {
      var pending: UInt32 = 0  // bits not yet written, at most 7 before a code is added
      var held = 0
      for column in 0..<columns {
        let code = UInt32(codes.bytes[row * columns + column]) & mask
        pending = order == .lowestFirst ? pending | code << held : pending << bits | code
        held += bits
        guard held >= 8 else { continue }
        held -= 8
        let byte = order == .lowestFirst ? pending : pending >> held
        packed.append(UInt8(truncatingIfNeeded: byte))
        pending = order == .lowestFirst ? pending >> 8 : pending & (1 << held - 1)
      }
      guard held > 0 else { continue }
      let last = order == .lowestFirst ? pending : pending << (8 - held)
      packed.append(UInt8(truncatingIfNeeded: last))
    }
    return packed
  }

  /// The codes again, taken out one after the other: it explains and judges ``unpacked()``.
  ///
  /// - Returns: The codes, row-major.
  public func unpackedReference() -> Codes {
    let mask = UInt32(1 << bits) - 1
    var codes: [UInt8] = []
    for row in 0..<rows {
      var pending: UInt32 = 0
      var held = 0
      var next = row * bytesPerRow
      for _ in 0..<columns {
        if held < bits {
          let byte = UInt32(bytes[next])
          pending = order == .lowestFirst ? pending | byte << held : pending << 8 | byte
          held += 8
          next += 1
        }
        held -= bits
        var code = order == .lowestFirst ? pending & mask : pending >> held & mask
        pending = order == .lowestFirst ? pending >> bits : pending & (1 << held - 1)
        if isSigned, code >> (bits - 1) == 1 { code |= ~mask }  // the sign, carried up
        codes.append(UInt8(truncatingIfNeeded: code))
      }
    }
    return Codes(bytes: codes, isSigned: isSigned)
  }
}
