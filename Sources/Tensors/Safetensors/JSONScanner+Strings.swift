extension JSONScanner {
  /// Takes a string, with its escapes resolved.
  mutating func takeString() throws(Failure) -> String {
    guard peek() == UInt8(ascii: "\"") else { throw failure("expected a string in quotes") }
    advance(by: 1)
    let start = offset
    var content: [UInt8] = []
    var pieceStart = offset
    while let byte = byte(at: offset) {
      switch byte {
      case UInt8(ascii: "\""):
        content.append(contentsOf: bytes(in: pieceStart..<offset))
        guard let text = String(validating: content, as: UTF8.self) else {
          throw Failure(offset: start, reason: "the string is not valid UTF-8")
        }
        advance(by: 1)
        return text
      case UInt8(ascii: "\\"):
        content.append(contentsOf: bytes(in: pieceStart..<offset))
        advance(by: 1)
        try takeEscape(into: &content)
        pieceStart = offset
      case 0..<0x20:
        throw failure("a control character stands in a string without an escape")
      default:
        advance(by: 1)
      }
    }
    throw Failure(offset: start, reason: "the string has no end")
  }

  /// Takes what follows a backslash.
  private mutating func takeEscape(into content: inout [UInt8]) throws(Failure) {
    guard let letter = byte(at: offset) else { throw failure("the string has no end") }
    let simple: UInt8
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): simple = letter
    case UInt8(ascii: "b"): simple = 0x08
    case UInt8(ascii: "f"): simple = 0x0c
    case UInt8(ascii: "n"): simple = 0x0a
    case UInt8(ascii: "r"): simple = 0x0d
    case UInt8(ascii: "t"): simple = 0x09
    case UInt8(ascii: "u"):
      advance(by: 1)
      let scalar = try takeEscapedScalar()
      content.append(contentsOf: String(scalar).utf8)
      return
    default: throw failure("unknown escape in a string")
    }
    advance(by: 1)
    content.append(simple)
  }

  /// Takes the digits after `\u`, and those of a second half where the first asks for it.
  private mutating func takeEscapedScalar() throws(Failure) -> UnicodeScalar {
    let first = try takeHexadecimal()
    if let scalar = UnicodeScalar(first) { return scalar }
    guard first < 0xdc00, byte(at: offset) == UInt8(ascii: "\\"),
      byte(at: offset + 1) == UInt8(ascii: "u")
    else { throw failure("half of a surrogate pair stands alone in a string") }
    advance(by: 2)
    let second = try takeHexadecimal()
    guard second >= 0xdc00, second < 0xe000,
      let scalar = UnicodeScalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
    else { throw failure("half of a surrogate pair stands alone in a string") }
    return scalar
  }

  private mutating func takeHexadecimal() throws(Failure) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = byte(at: offset).flatMap({ Character(UnicodeScalar($0)).hexDigitValue })
      else { throw failure("expected four hexadecimal digits after \\u") }
      value = value << 4 | UInt32(digit)
      advance(by: 1)
    }
    return value
  }
}

/// A string as JSON writes it, in quotes, with escapes where they are needed.
func jsonText(_ text: String) -> [UInt8] {
  var result: [UInt8] = [UInt8(ascii: "\"")]
  for byte in text.utf8 {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): result += [UInt8(ascii: "\\"), byte]
    case 0x08: result += Array("\\b".utf8)
    case 0x09: result += Array("\\t".utf8)
    case 0x0a: result += Array("\\n".utf8)
    case 0x0c: result += Array("\\f".utf8)
    case 0x0d: result += Array("\\r".utf8)
    case 0..<0x20:
      result += Array((byte < 0x10 ? "\\u000" : "\\u00").utf8) + Array(String(byte, radix: 16).utf8)
    default: result.append(byte)
    }
  }
  result.append(UInt8(ascii: "\""))
  return result
}
