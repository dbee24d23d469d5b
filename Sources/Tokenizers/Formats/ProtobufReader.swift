/// Reads the fields of one protocol-buffer message, one after the other, never past its end.
///
/// Source: the protocol-buffer encoding, wire types 0 (varint), 1 (64 bits), 2 (length and bytes) and
/// 5 (32 bits).
struct ProtobufReader {
  enum Value {
    case varint(UInt64)
    case fixed64(UInt64)
    case bytes(ArraySlice<UInt8>)
    case fixed32(UInt32)
  }

  let path: String
  private let bytes: ArraySlice<UInt8>
  private(set) var offset: Int

  init(_ bytes: ArraySlice<UInt8>, path: String) {
    self.bytes = bytes
    self.path = path
    offset = bytes.startIndex
  }

  func failure(_ reason: String) -> TokenizerError {
    .malformed(path: path, offset: offset, reason: reason)
  }

  /// The next field's number and value, or nil at the end of the message.
  mutating func next() throws(TokenizerError) -> (number: UInt64, value: Value)? {
    guard offset < bytes.endIndex else { return nil }
    let tag = try readVarint()
    let number = tag >> 3
    guard number > 0 else { throw failure("a field has the number 0") }
    switch tag & 7 {
    case 0: return (number, .varint(try readVarint()))
    case 1: return (number, .fixed64(try readFixed(8)))
    case 2: return (number, .bytes(try readBytes()))
    case 5: return (number, .fixed32(UInt32(truncatingIfNeeded: try readFixed(4))))
    default: throw failure("a field has the wire type \(tag & 7), which is none")
    }
  }

  private mutating func readVarint() throws(TokenizerError) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard offset < bytes.endIndex else { throw failure("the file ends inside a number") }
      let byte = bytes[offset]
      offset += 1
      if shift == 63, byte > 1 { break }
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
    }
    throw failure("a number is longer than 64 bits")
  }

  private mutating func readFixed(_ count: Int) throws(TokenizerError) -> UInt64 {
    guard bytes.endIndex - offset >= count else { throw failure("the file ends inside a number") }
    var value: UInt64 = 0
    for index in 0..<count { value |= UInt64(bytes[offset + index]) << UInt64(index * 8) }
    offset += count
    return value
  }

  private mutating func readBytes() throws(TokenizerError) -> ArraySlice<UInt8> {
    let length = try readVarint()
    guard length <= UInt64(bytes.endIndex - offset) else {
      throw failure(
        "a field of \(length) bytes begins here, and only \(bytes.endIndex - offset) are left")
    }
    let start = offset
    offset += Int(length)
    return bytes[start..<offset]
  }
}
