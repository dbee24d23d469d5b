/// Codes of 1 to 8 bits with no bits between them: what a file holds.
///
/// Each row is a stream of bits, filled up to whole bytes at its end so that a row starts on a byte.
/// Lowest first, code i of a row occupies bits `i * bits` and up, counted from the lowest bit of the
/// first byte, so 3-, 5-, 6- and 7-bit codes cross bytes. Signed codes keep their lowest bits.
public struct PackedCodes: Hashable, Sendable {
  /// Which end of a byte is filled first.
  public enum BitOrder: Hashable, Sendable {
    /// The first code is in the lowest bits, as GPTQ and GGUF store them.
    case lowestFirst
    /// The first code is in the highest bits, as bitsandbytes stores its nibbles.
    case highestFirst
  }

  /// The width of a code.
  public let bits: Int
  /// The shape.
  public let rows: Int
  /// The codes in a row.
  public let columns: Int
  /// Whether the codes are signed.
  public let isSigned: Bool
  /// Which end of a byte is filled first.
  public let order: BitOrder
  /// The bytes, row after row.
  public let bytes: [UInt8]

  /// The bytes of one row, the last one padded with zero bits.
  public var bytesPerRow: Int { (columns * bits + 7) / 8 }

  /// Packs codes.
  ///
  /// - Parameters:
  ///   - codes: The codes, row-major.
  ///   - rows: How many rows.
  ///   - columns: How many codes a row.
  ///   - bits: The width of a code, 1 to 8.
  ///   - order: Which end of a byte is filled first.
  /// - Throws: `QuantizationError.bits`, `.countMismatch`, or `.codeOutsideGrid` for a code that
  ///   does not fit the width.
  public init(
    _ codes: Codes, rows: Int, columns: Int, bits: Int, order: BitOrder = .lowestFirst
  ) throws(QuantizationError) {
    guard (1...8).contains(bits) else { throw .bits(bits, allowed: 1...8, who: "packing") }
    guard rows >= 0, columns >= 0, codes.count == rows * columns else {
      throw .countMismatch(what: "codes", found: codes.count, expected: rows * columns)
    }
    let allowed =
      codes.isSigned ? -(1 << (bits - 1))...(1 << (bits - 1)) - 1 : 0...(1 << bits) - 1
    if bits < 8, let index = codes.firstIndex(where: { !allowed.contains($0) }) {
      throw .codeOutsideGrid(code: codes[index], index: index, allowed: allowed)
    }
    self.bits = bits
    self.rows = rows
    self.columns = columns
    self.isSigned = codes.isSigned
    self.order = order
    let bytesPerRow = (columns * bits + 7) / 8
    let mask = UInt32(1 << bits) - 1
    bytes = [UInt8](unsafeUninitializedCapacity: rows * bytesPerRow) { packed, count in
      codes.bytes.withUnsafeBufferPointer { source in
        for row in 0..<rows {
          var pending: UInt32 = 0  // bits not yet written, at most 7 before a code is added
          var held = 0
          var next = row * bytesPerRow
          for column in 0..<columns {
            let code = UInt32(source[row * columns + column]) & mask
            pending = order == .lowestFirst ? pending | code << held : pending << bits | code
            held += bits
            guard held >= 8 else { continue }
            held -= 8
            let byte = order == .lowestFirst ? pending : pending >> held
            packed[next] = UInt8(truncatingIfNeeded: byte)
            pending = order == .lowestFirst ? pending >> 8 : pending & (1 << held - 1)
            next += 1
          }
          guard held > 0 else { continue }
          let last = order == .lowestFirst ? pending : pending << (8 - held)
          packed[next] = UInt8(truncatingIfNeeded: last)
        }
      }
      count = rows * bytesPerRow
    }
  }

  /// The codes again.
  public func unpacked() -> Codes {
    let mask = UInt32(1 << bits) - 1
    let unpacked = [UInt8](unsafeUninitializedCapacity: rows * columns) { codes, count in
      bytes.withUnsafeBufferPointer { source in
        for row in 0..<rows {
          var pending: UInt32 = 0
          var held = 0
          var next = row * bytesPerRow
          for column in 0..<columns {
            if held < bits {
              let byte = UInt32(source[next])
              pending = order == .lowestFirst ? pending | byte << held : pending << 8 | byte
              held += 8
              next += 1
            }
            held -= bits
            var code = order == .lowestFirst ? pending & mask : pending >> held & mask
            pending = order == .lowestFirst ? pending >> bits : pending & (1 << held - 1)
            if isSigned, code >> (bits - 1) == 1 { code |= ~mask }  // the sign, carried up
            codes[row * columns + column] = UInt8(truncatingIfNeeded: code)
          }
        }
      }
      count = rows * columns
    }
    return Codes(bytes: unpacked, isSigned: isSigned)
  }
}
