/// Whether a step's brackets, strings and comments all end within it.
///
/// One open brace would swallow every step after it, and the compiler would report the end of a file
/// that nobody wrote. So this is looked at first, a step at a time.
struct BlockBalance {
  /// What is not closed, or closed twice, and its Markdown line.
  struct Problem: Hashable {
    let line: Int
    let summary: String
  }

  private static let closing: [String: String] = ["(": ")", "[": "]", "{": "}"]

  /// The first problem in a step, or nil.
  static func problem(in step: Step) -> Problem? {
    let bytes = Array(step.code.utf8)
    var open: [(text: String, line: Int)] = []
    var line = step.codeLine
    for token in SwiftLexer(step.code).tokens() {
      let text = String(decoding: bytes[token.range], as: UTF8.self)
      if let summary = unended(token, text) { return Problem(line: line, summary: summary) }
      if token.kind == .punctuation, closing[text] != nil {
        open.append((text, line))
      } else if token.kind == .punctuation, closing.values.contains(text) {
        guard let last = open.popLast() else {
          return Problem(line: line, summary: "nothing is open that this '\(text)' could close")
        }
        guard closing[last.text] == text else {
          return Problem(
            line: line, summary: "'\(text)' cannot close the '\(last.text)' of line \(last.line)")
        }
      } else if text == "#if" {
        open.append((text, line))
      } else if text == "#endif" {
        guard open.popLast()?.text == "#if" else {
          return Problem(line: line, summary: "nothing is open that this '#endif' could close")
        }
      }
      line += text.utf8.count { $0 == UInt8(ascii: "\n") }
    }
    return open.last.map { Problem(line: $0.line, summary: "'\($0.text)' is never closed") }
  }

  private static func unended(_ token: SwiftToken, _ text: String) -> String? {
    switch token.kind {
    case .blockComment where text.count < 4 || !text.hasSuffix("*/"):
      "the comment is never closed: '*/' is missing"
    case .string where !isClosed(text): "the string is never closed"
    default: nil
    }
  }

  private static func isClosed(_ text: String) -> Bool {
    let hashes = String(text.prefix { $0 == "#" })
    let quotes = text.dropFirst(hashes.count).hasPrefix("\"\"\"") ? "\"\"\"" : "\""
    return text.utf8.count >= 2 * (hashes.utf8.count + quotes.utf8.count)
      && text.hasSuffix(quotes + hashes)
  }
}
