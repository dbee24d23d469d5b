/// Where a text stops being JSON, in words with a line and a column: the decoder refuses without them.
///
/// Source: RFC 8259.
struct JSONSyntax {
  private struct Failure: Error {
    let offset: Int
    let reason: String
  }

  private let bytes: [UInt8]
  private var offset = 0
  private static let depthLimit = 512

  /// The first error.
  ///
  /// - Parameter bytes: The text.
  /// - Returns: What was expected and where; nil for a text that is JSON.
  static func firstError(in bytes: [UInt8]) -> String? {
    if bytes.isEmpty { return "the file is empty" }
    if String(validating: bytes, as: UTF8.self) == nil { return "it is not a text in UTF-8" }
    var syntax = JSONSyntax(bytes: bytes)
    do throws(Failure) {
      if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { syntax.offset = 3 }  // a byte-order mark
      try syntax.takeValue(depth: 0)
      if syntax.peek() != nil { throw syntax.failure("expected the end") }
      return nil
    } catch {
      return syntax.words(error)
    }
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private func words(_ failure: Failure) -> String {
    let before = bytes[..<failure.offset]
    let line = before.count { $0 == UInt8(ascii: "\n") } + 1
    let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    let column = String(decoding: before[start...], as: UTF8.self).unicodeScalars.count + 1
    let found =
      failure.offset < bytes.count
      ? String(decoding: bytes[failure.offset...].prefix(24), as: UTF8.self).first.map { "'\($0)'" }
      : "the end of the file"
    return "line \(line), column \(column): \(failure.reason), and there is \(found ?? "nothing")"
  }

  private func failure(_ reason: String) -> Failure { Failure(offset: offset, reason: reason) }

  /// The next byte that is not white space.
  private mutating func peek() -> UInt8? {
    while offset < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[offset]) { offset += 1 }
    return offset < bytes.count ? bytes[offset] : nil
  }

  private mutating func takes(_ mark: Character) -> Bool {
    guard let byte = peek(), byte == mark.asciiValue else { return false }
    offset += 1
    return true
  }

  private mutating func takeValue(depth: Int) throws(Failure) {
    guard depth < Self.depthLimit else { throw failure("expected less than 512 levels") }
    switch peek() {
    case UInt8(ascii: "{"): try takeObject(depth)
    case UInt8(ascii: "["): try takeArray(depth)
    case UInt8(ascii: "\""): try takeString()
    case .some(UInt8(ascii: "-")), .some(UInt8(ascii: "0")...UInt8(ascii: "9")): try takeNumber()
    default:
      for word in ["true", "false", "null"] where bytes[offset...].starts(with: word.utf8) {
        offset += word.utf8.count
        return
      }
      throw failure("expected a value")
    }
  }

  private mutating func takeObject(_ depth: Int) throws(Failure) {
    offset += 1
    if takes("}") { return }
    repeat {
      guard peek() == UInt8(ascii: "\"") else { throw failure("expected a key in quotes") }
      try takeString()
      guard takes(":") else { throw failure("expected a colon") }
      try takeValue(depth: depth + 1)
    } while takes(",")
    guard takes("}") else { throw failure("expected a comma or }") }
  }

  private mutating func takeArray(_ depth: Int) throws(Failure) {
    offset += 1
    if takes("]") { return }
    repeat { try takeValue(depth: depth + 1) } while takes(",")
    guard takes("]") else { throw failure("expected a comma or ]") }
  }

  private mutating func takeString() throws(Failure) {
    let start = offset
    offset += 1
    while offset < bytes.count {
      switch bytes[offset] {
      case UInt8(ascii: "\""):
        offset += 1
        return
      case ..<0x20: throw failure("expected no line end or control character in a text")
      case UInt8(ascii: "\\"):
        let isUnicode = bytes.dropFirst(offset + 1).first == UInt8(ascii: "u")
        let digits = bytes.dropFirst(offset + 2).prefix(4)
        let isEscape = bytes.dropFirst(offset + 1).first.map("\"\\/bfnrt".utf8.contains) ?? false
        guard isEscape || isUnicode && digits.count == 4 && digits.allSatisfy(Self.isHexadecimal)
        else { throw failure("expected an escape that JSON has") }
        offset += isUnicode ? 6 : 2
      default: offset += 1
      }
    }
    offset = start
    throw failure("expected a text that ends with a quote")
  }

  private mutating func takeNumber() throws(Failure) {
    let start = offset
    if bytes[offset] == UInt8(ascii: "-") { offset += 1 }
    let isZero = offset < bytes.count && bytes[offset] == UInt8(ascii: "0")
    let whole = takeDigits()
    guard whole > 0, whole == 1 || !isZero else {
      offset = start
      throw failure("expected a number without zeros before it")
    }
    if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") {
      offset += 1
      guard takeDigits() > 0 else { throw failure("expected digits after the point") }
    }
    if offset < bytes.count, bytes[offset] | 0x20 == UInt8(ascii: "e") {
      offset += 1
      if offset < bytes.count, "+-".utf8.contains(bytes[offset]) { offset += 1 }
      guard takeDigits() > 0 else { throw failure("expected an exponent") }
    }
  }

  private mutating func takeDigits() -> Int {
    let start = offset
    while offset < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[offset]) {
      offset += 1
    }
    return offset - start
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    "0123456789abcdefABCDEF".utf8.contains(byte)
  }
}
