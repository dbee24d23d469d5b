/// Reads JSON strictly, one token after the other, from bytes.
///
/// Written for headers that come from anywhere: it never recurses, so deep nesting cannot exhaust
/// the stack; it refuses what RFC 8259 does not allow (control characters in strings, lone
/// surrogates, malformed UTF-8, leading zeros); and it lets the caller see every key, so duplicates
/// can be refused, which general decoders drop in silence.
struct JSONScanner {
  /// What is wrong, and at which byte.
  struct Failure: Error, Equatable {
    let offset: Int
    let reason: String
  }

  /// The deepest nesting of arrays and objects that is skipped.
  static let depthLimit = 64

  private let bytes: UnsafeRawBufferPointer
  private(set) var offset = 0

  init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
  }

  /// A failure at the current byte.
  func failure(_ reason: String) -> Failure { Failure(offset: offset, reason: reason) }

  /// The next byte that is not white space, without taking it; nil at the end.
  mutating func peek() -> UInt8? {
    while offset < bytes.count {
      switch bytes[offset] {
      case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"):
        offset += 1
      default: return bytes[offset]
      }
    }
    return nil
  }

  /// Takes one punctuation mark, or says what was expected.
  mutating func take(_ mark: Character) throws(Failure) {
    guard peek() == mark.asciiValue else { throw failure("expected \(mark), found \(found())") }
    offset += 1
  }

  /// Takes one punctuation mark if it comes next.
  mutating func takes(_ mark: Character) -> Bool {
    guard peek() == mark.asciiValue else { return false }
    offset += 1
    return true
  }

  /// Requires that only white space is left.
  mutating func takeEnd() throws(Failure) {
    guard peek() == nil else { throw failure("expected the end, found \(found())") }
  }

  /// Takes an object, key by key; the body takes each value.
  mutating func takeObject(
    _ body: (inout JSONScanner, String) throws(Failure) -> Void
  ) throws(Failure) {
    try take("{")
    if takes("}") { return }
    repeat {
      let key = try takeString()
      try take(":")
      try body(&self, key)
    } while takes(",")
    try take("}")
  }

  /// Takes an array of whole numbers of 0 or more.
  mutating func takeSizes() throws(Failure) -> [Int] {
    try take("[")
    var sizes: [Int] = []
    if takes("]") { return sizes }
    repeat { sizes.append(try takeSize()) } while takes(",")
    try take("]")
    return sizes
  }

  /// Takes a whole number of 0 or more that fits an `Int`.
  mutating func takeSize() throws(Failure) -> Int {
    guard let first = peek(), Self.isDigit(first) else {
      throw failure("expected a whole number of 0 or more, found \(found())")
    }
    let start = offset
    try skipNumber()
    let text = bytes[start..<offset]
    var value = 0
    for byte in text {
      guard Self.isDigit(byte) else {
        throw Failure(offset: start, reason: "expected a whole number, without . or exponent")
      }
      let shifted = value.multipliedReportingOverflow(by: 10)
      let sum = shifted.partialValue.addingReportingOverflow(Int(byte - UInt8(ascii: "0")))
      if shifted.overflow || sum.overflow {
        throw Failure(offset: start, reason: "the number is larger than \(Int.max)")
      }
      value = sum.partialValue
    }
    return value
  }

  /// Takes any value without keeping it, checking that it is well formed.
  mutating func skipValue() throws(Failure) {
    var closers: [Character] = []
    while true {
      switch peek() {
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        let isObject = takes("{")
        if !isObject { offset += 1 }
        closers.append(isObject ? "}" : "]")
        if closers.count > Self.depthLimit {
          throw failure("nested deeper than \(Self.depthLimit)")
        }
        if !takes(isObject ? "}" : "]") {
          if isObject { try skipKey() }
          continue
        }
        closers.removeLast()
      case UInt8(ascii: "\""): _ = try takeString()
      case UInt8(ascii: "t"): try skipWord("true")
      case UInt8(ascii: "f"): try skipWord("false")
      case UInt8(ascii: "n"): try skipWord("null")
      default: try skipNumber()
      }
      while let closer = closers.last {
        if takes(",") {
          if closer == "}" { try skipKey() }
          break
        }
        try take(closer)
        closers.removeLast()
      }
      if closers.isEmpty { return }
    }
  }

  private mutating func skipKey() throws(Failure) {
    _ = try takeString()
    try take(":")
  }

  private mutating func skipWord(_ word: StaticString) throws(Failure) {
    for index in 0..<word.utf8CodeUnitCount {
      guard offset < bytes.count, bytes[offset] == word.utf8Start[index] else {
        throw failure("expected a value")
      }
      offset += 1
    }
  }

  private mutating func skipNumber() throws(Failure) {
    if offset < bytes.count, bytes[offset] == UInt8(ascii: "-") { offset += 1 }
    let start = offset
    try skipDigits()
    if bytes[start] == UInt8(ascii: "0"), offset > start + 1 {
      throw Failure(offset: start, reason: "a number cannot start with a superfluous 0")
    }
    if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") {
      offset += 1
      try skipDigits()
    }
    if offset < bytes.count, bytes[offset] | 0x20 == UInt8(ascii: "e") {
      offset += 1
      if offset < bytes.count, bytes[offset] == UInt8(ascii: "+") || bytes[offset] == 0x2d {
        offset += 1
      }
      try skipDigits()
    }
  }

  private mutating func skipDigits() throws(Failure) {
    guard offset < bytes.count, Self.isDigit(bytes[offset]) else {
      throw failure("expected a value, found \(found())")
    }
    while offset < bytes.count, Self.isDigit(bytes[offset]) { offset += 1 }
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }

  /// What stands at the current byte, for a message.
  private func found() -> String {
    guard offset < bytes.count else { return "the end" }
    let byte = bytes[offset]
    return byte > 0x20 && byte < 0x7f
      ? String(UnicodeScalar(byte)) : "the byte 0x" + String(byte, radix: 16)
  }

  /// The byte at an offset, for the part that reads strings; nil at the end.
  func byte(at offset: Int) -> UInt8? { offset < bytes.count ? bytes[offset] : nil }

  /// Moves on, for the part that reads strings.
  mutating func advance(by count: Int) { offset += count }

  /// The bytes of a range, for the part that reads strings.
  func bytes(in range: Range<Int>) -> Slice<UnsafeRawBufferPointer> { bytes[range] }
}
