/// Ternary codes, five to a byte: 8 bits for 5 codes are 1.6 a code, and log₂ 3 is 1.585.
///
/// A byte is the number Σ (code + 1)·3^(4−i) of its five codes i, 0 to 242. Each row begins a byte of
/// its own, the last one filled up with zeros. Two bits a code are faster to read; this is smaller.
public struct PackedTrits: Hashable, Sendable {
  /// The bytes, row after row.
  public let bytes: [UInt8]
  /// How many rows.
  public let rows: Int
  /// How many codes a row has.
  public let columns: Int

  /// The bytes of one row.
  public var bytesPerRow: Int { Self.bytesPerRow(columns: columns) }

  /// The bytes that a row of so many codes takes.
  ///
  /// - Parameter columns: How many codes, 0 or more.
  /// - Returns: A fifth, rounded up.
  public static func bytesPerRow(columns: Int) -> Int { (columns + 4) / 5 }

  /// Packs codes.
  ///
  /// - Parameters:
  ///   - codes: −1, 0 or 1, row after row.
  ///   - rows: How many rows.
  ///   - columns: How many codes a row has.
  /// - Throws: `QuantizationError.countMismatch`, or `.codeOutsideGrid` for another code.
  public init(_ codes: Codes, rows: Int, columns: Int) throws(QuantizationError) {
    guard rows >= 0, columns >= 0, codes.count == rows * columns else {
      throw .countMismatch(what: "codes", found: codes.count, expected: rows * columns)
    }
    if let index = codes.firstIndex(where: { !(-1...1).contains($0) }) {
      throw .codeOutsideGrid(code: codes[index], index: index, allowed: -1...1)
    }
    self.rows = rows
    self.columns = columns
    var bytes: [UInt8] = []
    for row in 0..<rows {
      for first in stride(from: 0, to: columns, by: 5) {
        var number = 0
        for place in first..<first + 5 {
          number = number * 3 + (place < columns ? codes[row * columns + place] + 1 : 1)
        }
        bytes.append(UInt8(number))
      }
    }
    self.bytes = bytes
  }

  /// The codes again.
  public func unpacked() -> Codes {
    var codes: [Int8] = []
    codes.reserveCapacity(rows * columns)
    let divisors = [81, 27, 9, 3, 1]
    for row in 0..<rows {
      for column in 0..<columns {
        let byte = Int(bytes[row * bytesPerRow + column / 5])
        codes.append(Int8(byte / divisors[column % 5] % 3 - 1))
      }
    }
    return Codes(codes)
  }
}
