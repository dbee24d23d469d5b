/// What a terminal makes of raw HTML: its words. Tags are how a page sets them, and comments are nobody's.
enum MarkupText {
  /// Whether a tag breaks the line.
  static func isBreak(_ tag: String) -> Bool { name(of: tag[...]) == "br" }

  /// The words between tags, paragraphs apart where block tags or empty lines part them.
  static func words(of raw: String) -> String {
    var words = ""
    var rest = raw[...]
    while let start = rest.firstIndex(of: "<") {
      words += rest[..<start]
      rest = rest[start...]
      if rest.hasPrefix("<!--") {
        rest = rest.firstRange(of: "-->").map { rest[$0.upperBound...] } ?? ""
        continue
      }
      let after = rest.index(after: start)
      let isTag = after < rest.endIndex && (rest[after].isLetter || "/!?".contains(rest[after]))
      guard isTag, let end = rest.firstIndex(of: ">") else {
        words += "<"
        rest = rest[after...]
        continue
      }
      let tag = name(of: rest)
      if ["script", "style"].contains(tag) {
        rest = rest.firstRange(of: "</\(tag)>").map { rest[$0.upperBound...] } ?? ""
        continue
      }
      if breaking.contains(tag) { words += "\n" }
      rest = rest[rest.index(after: end)...]
    }
    words += rest
    let lines = words.split(whereSeparator: \.isNewline).map { String($0).trimmed }
    return unescaped(lines.filter { !$0.isEmpty }.joined(separator: "\n"))
  }

  private static let breaking: Set<String> = [
    "br", "p", "div", "li", "tr", "table", "ul", "ol", "section", "h1", "h2", "h3", "h4", "dt", "dd",
  ]

  private static func name(of tag: Substring) -> String {
    tag.drop { $0 == "<" || $0 == "/" }.prefix { $0.isLetter || $0.isNumber }.lowercased()
  }

  private static func unescaped(_ text: String) -> String {
    var text = text
    for (name, character) in [
      ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&nbsp;", "\u{A0}"), ("&amp;", "&"),
    ] {
      text = text.replacing(name, with: character)
    }
    return text
  }
}
