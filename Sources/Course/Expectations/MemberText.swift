/// Compares enum cases and static members as people write them with how values describe themselves.
///
/// `.group(128)`, `group(128)` and `Granularity.group(128)` are the same; so are a payload's
/// `.row` and the `Axis.row` a description spells out. A description may explain its name in brackets
/// behind a space: `uint8 (0...255)` is `.uint8`.
enum MemberText {
  /// Whether a written member and a description name the same thing.
  static func matches(_ written: String, _ described: String) -> Bool {
    written == described || normalized(written) == normalized(described)
      || isExplained(written, described)
  }

  private static func isExplained(_ written: String, _ described: String) -> Bool {
    guard !written.contains("("), described.hasSuffix(")"),
      let space = described.firstIndex(of: " "), described[space...].hasPrefix(" (")
    else { return false }
    return normalized(written) == normalized(String(described[..<space]))
  }

  /// Whether a description reads as an enum case: a name that begins small, perhaps with a payload.
  static func isCase(_ text: String) -> Bool {
    guard let first = text.unicodeScalars.first, first.properties.isLowercase || first == "_",
      !["true", "false", "nil"].contains(text)
    else { return false }
    let tokens = SwiftLexer(text).tokens()
    guard tokens.first?.kind == .identifier || tokens.first?.kind == .keyword else { return false }
    if tokens.count == 1 { return true }
    let bytes = Array(text.utf8)
    var depth = 0
    for (index, token) in tokens.enumerated().dropFirst() {
      guard token.kind != .newline else { return false }
      let byte = bytes[token.range.lowerBound]
      if token.kind == .punctuation, byte == 0x28 { depth += 1 }
      if token.kind == .punctuation, byte == 0x29 { depth -= 1 }
      let isLast = index == tokens.count - 1
      if depth < 0 || (depth == 0) != isLast { return false }
    }
    return true
  }

  /// The tokens that count: no spaces, and of a path `A.B.c` only the last name.
  private static func normalized(_ text: String) -> [String] {
    let bytes = Array(text.utf8)
    var parts: [String] = []
    var isPath = false
    for token in SwiftLexer(text).tokens() where !token.isTrivia {
      var word = String(decoding: bytes[token.range], as: UTF8.self)
      if word == "." {
        isPath = true
        continue
      }
      let isName = token.kind == .identifier || token.kind == .keyword
      if isName, word.hasPrefix("`") { word = String(word.dropFirst().dropLast()) }
      if isName, isPath, let last = parts.last, beginsName(last) { parts.removeLast() }
      parts.append(word)
      isPath = false
    }
    return parts
  }

  private static func beginsName(_ word: String) -> Bool {
    word.utf8.first.map { SwiftByte.isLetter($0) || $0 >= 0x80 } ?? false
  }
}
