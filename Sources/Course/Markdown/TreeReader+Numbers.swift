extension TreeReader {
  /// A link: a proven number where its text is a number and it leads to `#VALUE`, else an ordinary one.
  mutating func link(
    _ inner: [Inline], destination: String, title: String, node: MarkdownNode
  ) -> Inline {
    let ordinary = Inline.link(destination: destination, title: title, inner)
    guard destination.hasPrefix("#"), let text = Self.number(in: inner) else { return ordinary }
    let line = node.children.first?.line ?? node.line
    let target = Self.percentDecoded(String(destination.dropFirst()))
    guard !target.isEmpty else {
      log.error(
        "value-name", line: line,
        "[\(text)](#) names no value; write the value behind `#`, as in `[0.0235](#grid.scale)`")
      return ordinary
    }
    let relation = Self.relations[title]
    if relation == nil, !title.isEmpty {
      log.error(
        "unknown-relation", line: line,
        "\"\(title)\" is not a relation; the title of a number's link is one of \"<\", \">\", "
          + "\"<=\", \">=\", or left out")
    }
    let number = ProvenNumber(text: text, target: target, relation: relation, line: line)
    return Self.wrapped(.proven(number), like: inner)
  }

  private static let relations = [
    "<": "<", ">": ">", "<=": "<=", ">=": ">=", "≤": "<=", "≥": ">=",
  ]

  /// The text of a link that is nothing but one number, emphasised or not.
  private static func number(in inlines: [Inline]) -> String? {
    guard inlines.count == 1, let only = inlines.first else { return nil }
    switch only {
    case .text(let text), .code(let text): return WrittenNumber(prose: text) == nil ? nil : text
    case .emphasis(let inner), .strong(let inner): return number(in: inner)
    default: return nil
    }
  }

  /// The number in the emphasis that the link's text had.
  private static func wrapped(_ number: Inline, like inlines: [Inline]) -> Inline {
    switch inlines.first {
    case .emphasis(let inner): .emphasis([wrapped(number, like: inner)])
    case .strong(let inner): .strong([wrapped(number, like: inner)])
    default: number
    }
  }

  /// Makes the number that ends the inlines a proven one; false when none does.
  static func prove(_ inlines: inout [Inline], target: String, line: Int) -> Bool {
    guard let last = inlines.popLast() else { return false }
    switch last {
    case .text(let text):
      if let start = numberStart(in: text) {
        append(text: String(text[..<start]), to: &inlines)
        let number = ProvenNumber(
          text: String(text[start...]), target: target, relation: nil, line: line)
        inlines.append(.proven(number))
        return true
      }
    case .code(let text) where WrittenNumber(prose: text) != nil:
      inlines.append(
        .proven(ProvenNumber(text: text, target: target, relation: nil, line: line)))
      return true
    case .emphasis(var inner):
      let isProven = prove(&inner, target: target, line: line)
      inlines.append(.emphasis(inner))
      return isProven
    case .strong(var inner):
      let isProven = prove(&inner, target: target, line: line)
      inlines.append(.strong(inner))
      return isProven
    default: break
    }
    inlines.append(last)
    return false
  }

  /// Where the longest number begins that ends the text and no word runs into.
  private static func numberStart(in text: String) -> String.Index? {
    let run = text.reversed().prefix { !$0.isWhitespace }.count
    var start = text.index(text.endIndex, offsetBy: -min(run, 64))
    while start < text.endIndex {
      let before = start > text.startIndex ? text[text.index(before: start)] : " "
      let runsOn = before.isLetter || before.isNumber || before == "." || before == ","
      if !runsOn, WrittenNumber(prose: String(text[start...])) != nil { return start }
      start = text.index(after: start)
    }
    return nil
  }

  /// A link's target as the expression it stands for.
  ///
  /// Only what a URL may not hold is decoded, so that `count%10` stays the remainder it is.
  static func percentDecoded(_ target: String) -> String {
    guard target.contains("%") else { return target }
    let bytes = Array(target.utf8)
    var decoded: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
        let digits = String(validating: bytes[(index + 1)...(index + 2)], as: UTF8.self),
        digits.allSatisfy(\.isHexDigit), let byte = UInt8(digits, radix: 16),
        byte >= 0x80 || encodedCharacters.contains(byte)
      {
        decoded.append(byte)
        index += 3
      } else {
        decoded.append(bytes[index])
        index += 1
      }
    }
    return String(validating: decoded, as: UTF8.self) ?? target
  }

  private static let encodedCharacters = Set("\"<>[]{}()|\\^`%".utf8)
}

extension MarkdownNode {
  /// The same text node with other text.
  func replacingText(with text: String) -> MarkdownNode {
    MarkdownNode(kind: .text(text), line: line, column: column, endLine: endLine)
  }
}
