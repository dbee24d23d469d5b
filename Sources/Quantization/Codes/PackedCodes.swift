internal import CKernels

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
    self.bits = bits
    self.rows = rows
    self.columns = columns
    self.isSigned = codes.isSigned
    self.order = order
    let size = rows * ((columns * bits + 7) / 8)
    let misfit = codes.bytes.withUnsafeBufferPointer { source in
      bits == 8
        ? -1
        : nibble_packing_misfit(
          source.baseAddress, source.count, Int32(bits), codes.isSigned ? 1 : 0)
    }
    guard misfit < 0 else {
      let half = 1 << (bits - 1)
      throw .codeOutsideGrid(
        code: codes[misfit], index: misfit,
        allowed: codes.isSigned ? -half...half - 1 : 0...2 * half - 1)
    }
    bytes = [UInt8](unsafeUninitializedCapacity: size) { packed, count in
      nibble_expect_writes(packed.baseAddress, size)
      codes.bytes.withUnsafeBufferPointer { source in
        guard let from = source.baseAddress, let to = packed.baseAddress else { return }
        nibble_packing_pack(from, rows, columns, Int32(bits), order == .lowestFirst ? 0 : 1, to)
      }
      count = size
    }
  }

  /// The codes again.
  public func unpacked() -> Codes {
    let codeCount = rows * columns
    let unpacked = [UInt8](unsafeUninitializedCapacity: codeCount) { codes, count in
      nibble_expect_writes(codes.baseAddress, codeCount)
      bytes.withUnsafeBufferPointer { source in
        guard let from = source.baseAddress, let to = codes.baseAddress else { return }
        nibble_packing_unpack(
          from, rows, columns, Int32(bits), order == .lowestFirst ? 0 : 1, isSigned ? 1 : 0, to)
      }
      count = codeCount
    }
    return Codes(bytes: unpacked, isSigned: isSigned)
  }
}
