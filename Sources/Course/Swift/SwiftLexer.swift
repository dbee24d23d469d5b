/// Cuts Swift source into tokens without judging it.
///
/// The tokens cover every byte, in order, so joining them gives the source back whatever the
/// source is: an unclosed string ends at its line, an unclosed comment at the end. It exists
/// because `//` inside a string, a URL or a regular expression is not a comment, and no search
/// can know that.
public struct SwiftLexer: Sendable {
  private let bytes: [UInt8]

  /// A lexer of the given source.
  public init(_ code: String) {
    bytes = Array(code.utf8)
  }

  /// Every token, white space and comments included.
  public func tokens() -> [SwiftToken] {
    var cursor = SwiftCursor(bytes)
    var tokens: [SwiftToken] = []
    while let token = cursor.next() { tokens.append(token) }
    return tokens
  }

  /// Words that are never names, except after a dot or in backticks.
  static let keywords: Set<String> = [
    "associatedtype", "class", "deinit", "enum", "extension", "fileprivate", "func", "import",
    "init", "inout", "internal", "let", "operator", "precedencegroup", "private", "protocol",
    "public", "rethrows", "static", "struct", "subscript", "typealias", "var", "break", "case",
    "catch", "continue", "default", "defer", "do", "else", "fallthrough", "for", "guard", "if",
    "in", "repeat", "return", "switch", "throw", "where", "while", "Any", "as", "false", "is",
    "nil", "self", "Self", "super", "throws", "true", "try",
  ]
}

/// Byte classes of Swift source.
enum SwiftByte {
  static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

  static func isLetter(_ byte: UInt8) -> Bool {
    (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A || byte == 0x5F
  }

  /// Whether a byte can go on with a name: letters, digits, `_`, `$` and everything beyond ASCII.
  static func isName(_ byte: UInt8) -> Bool {
    isLetter(byte) || isDigit(byte) || byte == 0x24 || byte >= 0x80
  }

  /// Whether an ASCII byte is one of `/ = - + ! * % < > & | ^ ~ ?`.
  static func isOperator(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x2F, 0x3D, 0x2D, 0x2B, 0x21, 0x2A, 0x25, 0x3C, 0x3E, 0x26, 0x7C, 0x5E, 0x7E, 0x3F: true
    default: false
    }
  }

  /// Whether a scalar beyond ASCII begins an operator, by the grammar of the language reference.
  static func isOperator(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0xA1...0xA7, 0xA9, 0xAB, 0xAC, 0xAE, 0xB0, 0xB1, 0xB6, 0xBB, 0xBF, 0xD7, 0xF7,
      0x2016...0x2017, 0x2020...0x2027, 0x2030...0x203E, 0x2041...0x2053, 0x2055...0x205E,
      0x2190...0x23FF, 0x2500...0x2775, 0x2794...0x2BFF, 0x2E00...0x2E7F, 0x3001...0x3003,
      0x3008...0x3020, 0x3030:
      true
    default: false
    }
  }
}
