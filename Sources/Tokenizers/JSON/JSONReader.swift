/// Reads JSON strictly, in one pass, from bytes.
///
/// A vocabulary is an object of a hundred thousand keys, so the caller takes keys and values as they
/// come and sees every one: duplicates are the caller's to refuse, and none is dropped. Small parts
/// are taken whole, as a ``JSONValue``. Strings come as bytes that are valid UTF-8.
struct JSONReader {
  /// The deepest nesting that is read.
  static let depthLimit = 64

  let path: String
  private let bytes: UnsafeBufferPointer<UInt8>
  private(set) var offset = 0
  /// What ``readString()`` has read.
  private(set) var text: [UInt8] = []

  /// Reads a whole document and requires that nothing follows it.
  static func read<Value>(
    _ contents: [UInt8], path: String,
    _ body: (inout JSONReader) throws(TokenizerError) -> Value
  ) throws(TokenizerError) -> Value {
    if let invalid = UTF8Step.firstInvalid(in: contents) {
      throw .malformed(path: path, offset: invalid, reason: "the text is not valid UTF-8")
    }
    return try contents.withUnsafeBufferPointer {
      (buffer: UnsafeBufferPointer<UInt8>) throws(TokenizerError) -> Value in
      var reader = JSONReader(path: path, bytes: buffer)
      if buffer.starts(with: [0xef, 0xbb, 0xbf]) { reader.offset = 3 }  // a byte-order mark
      let value = try body(&reader)
      guard reader.peek() == nil else { throw reader.failure("expected the end") }
      return value
    }
  }

  private init(path: String, bytes: UnsafeBufferPointer<UInt8>) {
    self.path = path
    self.bytes = bytes
  }

  func failure(_ reason: String, at place: Int? = nil) -> TokenizerError {
    .malformed(path: path, offset: place ?? offset, reason: reason)
  }

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

  /// Takes an object, key by key: the body finds the key in ``text`` and takes the value.
  mutating func readObject(
    _ body: (inout JSONReader) throws(TokenizerError) -> Void
  ) throws(TokenizerError) {
    try take(UInt8(ascii: "{"), "an object")
    if takes(UInt8(ascii: "}")) { return }
    repeat {
      try readString()
      try take(UInt8(ascii: ":"), "a colon")
      try body(&self)
    } while takes(UInt8(ascii: ","))
    try take(UInt8(ascii: "}"), "a comma or the end of the object")
  }

  /// Takes an array; the body takes each element.
  mutating func readArray(
    _ body: (inout JSONReader) throws(TokenizerError) -> Void
  ) throws(TokenizerError) {
    try take(UInt8(ascii: "["), "an array")
    if takes(UInt8(ascii: "]")) { return }
    repeat { try body(&self) } while takes(UInt8(ascii: ","))
    try take(UInt8(ascii: "]"), "a comma or the end of the array")
  }

  /// Takes an id: a whole number from 0 to 2³¹ - 2.
  mutating func readID() throws(TokenizerError) -> Int {
    guard peek() != nil else { throw failure("expected an id, found the end") }
    let start = offset
    var value = 0
    while offset < bytes.count, let digit = digit(bytes[offset]), value <= Int(Int32.max) {
      value = value * 10 + digit
      offset += 1
    }
    let isNumber = offset > start && (offset - start == 1 || bytes[start] != UInt8(ascii: "0"))
    guard isNumber, value < Int(Int32.max) else {
      throw failure("expected an id, a whole number from 0 to \(Int32.max - 1)", at: start)
    }
    return value
  }

  /// Takes a string into ``text``.
  mutating func readString() throws(TokenizerError) {
    try take(UInt8(ascii: "\""), "a string")
    text.removeAll(keepingCapacity: true)
    var pieceStart = offset
    while offset < bytes.count {
      switch bytes[offset] {
      case UInt8(ascii: "\""):
        text.append(contentsOf: bytes[pieceStart..<offset])
        offset += 1
        return
      case UInt8(ascii: "\\"):
        text.append(contentsOf: bytes[pieceStart..<offset])
        offset += 1
        try readEscape()
        pieceStart = offset
      case 0..<0x20:
        throw failure("a control character stands in a string without an escape")
      default: offset += 1
      }
    }
    throw failure("the string has no end")
  }

  /// Takes any value whole.
  mutating func readValue(depth: Int = 0) throws(TokenizerError) -> JSONValue {
    guard depth < Self.depthLimit else { throw failure("nested deeper than \(Self.depthLimit)") }
    switch peek() {
    case UInt8(ascii: "{"):
      var members: [JSONValue.Member] = []
      var seen: Set<[UInt8]> = []
      try readObject { (reader) throws(TokenizerError) in
        let key = String(decoding: reader.text, as: UTF8.self)
        let place = reader.offset
        guard seen.insert(reader.text).inserted else {
          throw reader.failure("the key \(shown(key)) comes twice", at: place)
        }
        members.append(JSONValue.Member(key: key, value: try reader.readValue(depth: depth + 1)))
      }
      return .object(members)
    case UInt8(ascii: "["):
      var elements: [JSONValue] = []
      try readArray { (reader) throws(TokenizerError) in
        elements.append(try reader.readValue(depth: depth + 1))
      }
      return .array(elements)
    case UInt8(ascii: "\""):
      try readString()
      return .string(String(decoding: text, as: UTF8.self))
    case UInt8(ascii: "t"):
      try take(word: "true")
      return .boolean(true)
    case UInt8(ascii: "f"):
      try take(word: "false")
      return .boolean(false)
    case UInt8(ascii: "n"):
      try take(word: "null")
      return .null
    default: return .number(try readNumber())
    }
  }

  private mutating func readNumber() throws(TokenizerError) -> Double {
    let start = offset
    while offset < bytes.count, isPartOfNumber(bytes[offset]), offset - start < 64 { offset += 1 }
    let text = String(decoding: bytes[start..<offset], as: UTF8.self)
    guard !text.isEmpty, let value = Double(text), value.isFinite,
      let first = text.utf8.first, first == UInt8(ascii: "-") || digit(first) != nil
    else { throw failure("expected a value", at: start) }
    return value
  }

  private func isPartOfNumber(_ byte: UInt8) -> Bool {
    digit(byte) != nil || [0x2b, 0x2d, 0x2e, 0x45, 0x65].contains(byte)  // + - . E e
  }

  private func digit(_ byte: UInt8) -> Int? {
    byte >= 0x30 && byte <= 0x39 ? Int(byte - 0x30) : nil
  }

  /// Takes one punctuation mark if it comes next.
  private mutating func takes(_ mark: UInt8) -> Bool {
    guard peek() == mark else { return false }
    offset += 1
    return true
  }

  private mutating func take(_ mark: UInt8, _ what: String) throws(TokenizerError) {
    guard takes(mark) else {
      throw failure(
        "expected \(what), found "
          + (offset < bytes.count ? "\(shown(CollectionOfOne(bytes[offset])))" : "the end"))
    }
  }

  private mutating func take(word: StaticString) throws(TokenizerError) {
    for index in 0..<word.utf8CodeUnitCount {
      guard offset < bytes.count, bytes[offset] == word.utf8Start[index] else {
        throw failure("expected a value")
      }
      offset += 1
    }
  }

  /// Takes what follows a backslash.
  private mutating func readEscape() throws(TokenizerError) {
    guard offset < bytes.count else { throw failure("the string has no end") }
    let letter = bytes[offset]
    offset += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0c)
    case UInt8(ascii: "n"): text.append(0x0a)
    case UInt8(ascii: "r"): text.append(0x0d)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      let first = try readHexadecimal()
      guard first & 0xf800 == 0xd800 else { return appendUTF8(first, to: &text) }
      guard first < 0xdc00, offset + 1 < bytes.count, bytes[offset] == UInt8(ascii: "\\"),
        bytes[offset + 1] == UInt8(ascii: "u")
      else { throw failure("half of a surrogate pair stands alone in a string") }
      offset += 2
      let second = try readHexadecimal()
      guard second & 0xfc00 == 0xdc00 else {
        throw failure("half of a surrogate pair stands alone in a string")
      }
      appendUTF8(0x10000 + (first & 0x3ff) << 10 + (second & 0x3ff), to: &text)
    default: throw failure("unknown escape in a string", at: offset - 1)
    }
  }

  private mutating func readHexadecimal() throws(TokenizerError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard offset < bytes.count,
        let digit = Character(Unicode.Scalar(bytes[offset])).hexDigitValue
      else { throw failure("expected four hexadecimal digits after \\u") }
      value = value << 4 | UInt32(digit)
      offset += 1
    }
    return value
  }
}
