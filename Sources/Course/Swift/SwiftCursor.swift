/// Walks over Swift source one token at a time.
struct SwiftCursor {
  let bytes: [UInt8]
  var position = 0
  /// How many interpolations enclose the place; deeper than the limit they are read as text.
  var depth = 0
  /// The last token that was neither space nor comment: tells a division from a regular expression.
  private var significant: SwiftToken?

  static let depthLimit = 24

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The byte some places ahead, or nil past the end.
  func byte(at offset: Int) -> UInt8? {
    bytes.indices.contains(position + offset) ? bytes[position + offset] : nil
  }

  /// The next token, or nil at the end.
  mutating func next() -> SwiftToken? {
    guard let first = byte(at: 0) else { return nil }
    let start = position
    var interpolations: [Range<Int>] = []
    let kind = scan(first, &interpolations)
    let token = SwiftToken(kind, start..<position, interpolations: interpolations)
    if !token.isTrivia { significant = token }
    return token
  }

  private mutating func scan(_ first: UInt8, _ interpolations: inout [Range<Int>])
    -> SwiftToken.Kind
  {
    switch first {
    case 0x20, 0x09, 0x0B, 0x0C:
      advance { $0 == 0x20 || $0 == 0x09 || $0 == 0x0B || $0 == 0x0C }
      return .whitespace
    case 0x0A:
      position += 1
      return .newline
    case 0x0D:
      position += byte(at: 1) == 0x0A ? 2 : 1
      return .newline
    case 0x2F where byte(at: 1) == 0x2F:
      advance { $0 != 0x0A && $0 != 0x0D }
      return .lineComment
    case 0x2F where byte(at: 1) == 0x2A:
      skipBlockComment()
      return .blockComment
    case 0x2F where skipRegex():
      return .regex
    case 0x22:
      interpolations = skipString(hashes: 0)
      return .string
    case 0x23:
      return scanHash(&interpolations)
    case 0x40:
      position += 1
      advance(while: SwiftByte.isName)
      return position - 1 > 0 && bytes[position - 1] != 0x40 ? .attribute : .unknown
    case 0x60:
      return skipBackticks() ? .identifier : .unknown
    case _ where SwiftByte.isDigit(first):
      return skipNumber()
    case 0x2E where byte(at: 1) == 0x2E:
      skipOperator(allowingDots: true)
      return .operator
    case 0x28, 0x29, 0x5B, 0x5D, 0x7B, 0x7D, 0x2C, 0x3A, 0x3B, 0x2E:
      position += 1
      return .punctuation
    case 0x3F where isLeftBound:
      position += 1
      return .operator
    case _ where SwiftByte.isOperator(first) || isUnicodeOperator:
      skipOperator(allowingDots: false)
      return .operator
    case _ where SwiftByte.isName(first):
      return skipName()
    default:
      position += 1
      return .unknown
    }
  }

  mutating func advance(while holds: (UInt8) -> Bool) {
    while position < bytes.count, holds(bytes[position]) { position += 1 }
  }

  /// Whether something other than space or an opening bracket stands right before the place.
  private var isLeftBound: Bool {
    guard position > 0 else { return false }
    switch bytes[position - 1] {
    case 0x20, 0x09, 0x0A, 0x0D, 0x28, 0x5B, 0x7B, 0x2C, 0x3B, 0x3A: return false
    default: return true
    }
  }

  private var isUnicodeOperator: Bool {
    guard let scalar = scalarBeyondASCII() else { return false }
    return SwiftByte.isOperator(scalar)
  }

  /// The scalar of two or three bytes at the place, if it is one.
  private func scalarBeyondASCII() -> UInt32? {
    guard let first = byte(at: 0), first >= 0xC2, first < 0xF0, let second = byte(at: 1)
    else { return nil }
    if first < 0xE0 { return UInt32(first & 0x1F) << 6 | UInt32(second & 0x3F) }
    guard let third = byte(at: 2) else { return nil }
    return UInt32(first & 0x0F) << 12 | UInt32(second & 0x3F) << 6 | UInt32(third & 0x3F)
  }

  private mutating func skipOperator(allowingDots: Bool) {
    while let current = byte(at: 0) {
      if current == 0x2F, byte(at: 1) == 0x2F || byte(at: 1) == 0x2A { break }
      if SwiftByte.isOperator(current) || allowingDots && current == 0x2E {
        position += 1
      } else if let scalar = scalarBeyondASCII(), SwiftByte.isOperator(scalar) {
        position += current < 0xE0 ? 2 : 3
      } else {
        break
      }
    }
  }

  private mutating func skipName() -> SwiftToken.Kind {
    let start = position
    position += 1
    while let current = byte(at: 0), SwiftByte.isName(current), !isUnicodeOperator {
      position += 1
    }
    if let significant, significant.range.upperBound == start, isPunctuation(significant, 0x2E) {
      return .identifier  // a member may be called anything
    }
    let word = String(decoding: bytes[start..<position], as: UTF8.self)
    return SwiftLexer.keywords.contains(word) ? .keyword : .identifier
  }

  private mutating func skipBackticks() -> Bool {
    var end = position + 1
    while end < bytes.count, bytes[end] != 0x60, bytes[end] != 0x0A, bytes[end] != 0x0D {
      end += 1
    }
    guard end < bytes.count, bytes[end] == 0x60, end > position + 1 else {
      position += 1
      return false
    }
    position = end + 1
    return true
  }

  private mutating func skipNumber() -> SwiftToken.Kind {
    let isTupleMember =
      significant.map { $0.range.upperBound == position && isPunctuation($0, 0x2E) } ?? false
    if bytes[position] == 0x30, let radix = byte(at: 1), [0x78, 0x6F, 0x62].contains(radix) {
      advance(while: SwiftByte.isName)
      return .integer
    }
    advance { SwiftByte.isDigit($0) || $0 == 0x5F }
    guard !isTupleMember else { return .integer }
    var kind = SwiftToken.Kind.integer
    if byte(at: 0) == 0x2E, let digit = byte(at: 1), SwiftByte.isDigit(digit) {
      kind = .floating
      position += 1
      advance { SwiftByte.isDigit($0) || $0 == 0x5F }
    }
    if byte(at: 0).map({ $0 | 0x20 }) == 0x65 {
      let sign = byte(at: 1) == 0x2B || byte(at: 1) == 0x2D ? 1 : 0
      if let digit = byte(at: 1 + sign), SwiftByte.isDigit(digit) {
        kind = .floating
        position += 2 + sign
      }
    }
    advance(while: SwiftByte.isName)
    return kind
  }

  func isPunctuation(_ token: SwiftToken, _ byte: UInt8) -> Bool {
    token.kind == .punctuation && bytes[token.range.lowerBound] == byte
  }

  private mutating func skipBlockComment() {
    var open = 1
    position += 2
    while open > 0, let current = byte(at: 0) {
      if current == 0x2F, byte(at: 1) == 0x2A {
        open += 1
        position += 2
      } else if current == 0x2A, byte(at: 1) == 0x2F {
        open -= 1
        position += 2
      } else {
        position += 1
      }
    }
  }

  /// Whether what was last read could be the left side of a division.
  var followsOperand: Bool {
    guard let significant else { return false }
    switch significant.kind {
    case .identifier, .integer, .floating, .string, .regex: return true
    case .keyword:
      let word = String(decoding: bytes[significant.range], as: UTF8.self)
      return ["self", "Self", "super", "true", "false", "nil", "Any"].contains(word)
    case .punctuation:
      return [0x29, 0x5D, 0x7D].contains(bytes[significant.range.lowerBound])
    case .operator: return significant.range.upperBound == position && isLeftBound
    default: return false
    }
  }
}
