/// GPT-2's printable names for the 256 bytes.
///
/// A vocabulary file holds text, and not every byte is text. So the printable bytes of Latin-1 stand
/// for themselves, and the others, in order, for U+0100 and after: a space is "Ġ", a line feed "Ċ".
package enum ByteAlphabet {
  /// The scalar that names each byte.
  static let scalars: [UInt32] = {
    var scalars = [UInt32](repeating: 0, count: 256)
    var next: UInt32 = 0x100
    for byte in 0..<256 {
      switch byte {
      case 0x21...0x7e, 0xa1...0xac, 0xae...0xff: scalars[byte] = UInt32(byte)
      default:
        scalars[byte] = next
        next += 1
      }
    }
    return scalars
  }()

  /// The bytes in the order of their names, which is the order of the first 256 ids of GPT-2.
  package static let bytesInOrder: [UInt8] = (0..<256).sorted { scalars[$0] < scalars[$1] }.map(
    UInt8.init)

  /// The byte that each scalar below U+0144 names, or -1.
  private static let bytes: [Int16] = {
    var bytes = [Int16](repeating: -1, count: 0x144)
    for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar)] = Int16(byte) }
    return bytes
  }()

  /// Appends the bytes that a token's text names; false, and nothing, where it is not of this
  /// alphabet.
  package static func appendBytes(
    of text: UnsafeBufferPointer<UInt8>, to result: inout [UInt8]
  ) -> Bool {
    let before = result.count
    guard let base = text.baseAddress else { return true }
    var index = 0
    while index < text.count {
      let (value, length) = scalar(at: index, in: base)
      guard value < UInt32(bytes.count), bytes[Int(value)] >= 0 else {
        result.removeLast(result.count - before)
        return false
      }
      result.append(UInt8(bytes[Int(value)]))
      index += length
    }
    return true
  }

  /// The name of bytes, as UTF-8.
  package static func text(of bytes: some Sequence<UInt8>) -> [UInt8] {
    var text: [UInt8] = []
    for byte in bytes { appendUTF8(scalars[Int(byte)], to: &text) }
    return text
  }
}
