/// Text and attributes as HTML, safe wherever they stand.
///
/// Everything a chapter, a step or a bibliography says passes through here before it reaches a page, so
/// that nothing written there can become a tag, an attribute or a script. The result is well-formed XML
/// too, which charts need.
package enum HTMLText {
  /// The text with everything escaped that HTML or XML could read as markup, in content and in quotes.
  package static func escaped(_ text: some StringProtocol) -> String {
    if text.utf8.allSatisfy(isPlain) { return String(text) }
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in legible(text).unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// The text with line ends as `\n` and what neither format allows as U+FFFD.
  package static func legible(_ text: some StringProtocol) -> String {
    var result = String.UnicodeScalarView()
    var isAfterReturn = false
    for scalar in text.unicodeScalars {
      defer { isAfterReturn = scalar == "\r" }
      switch scalar {
      case "\r": result.append("\n")
      case "\n": if !isAfterReturn { result.append("\n") }
      case "\t": result.append(scalar)
      default: result.append(isAllowed(scalar) ? scalar : "\u{FFFD}")
      }
    }
    return String(result)
  }

  /// ` name="value"`, or nothing when the value is nil.
  static func attribute(_ name: String, _ value: String?) -> String {
    guard let value else { return "" }
    return " \(name)=\"\(escaped(value))\""
  }

  /// Whether a byte is a visible ASCII character, or a space, that means itself everywhere.
  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""),
      UInt8(ascii: "'"):
      false
    default: (0x20...0x7E).contains(byte) || byte == 0x0A
    }
  }

  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0: false
    case 0xFFFE, 0xFFFF: false
    case 0xFDD0...0xFDEF: false
    default: scalar.value & 0xFFFE != 0xFFFE
    }
  }

  /// Code in running text, escaped; words that begin with a dash are kept in one piece.
  static func words(of code: String) -> String {
    code.split(separator: " ", omittingEmptySubsequences: false).map { word in
      word.hasPrefix("-") && word.count > 1
        ? "<span class=\"option\">\(escaped(String(word)))</span>" : escaped(String(word))
    }.joined(separator: " ")
  }
}
