import Course
import Foundation
import Testing

/// By another implementation: the CommonMark specification's examples, rendered from our tree.
///
/// Where the course reads more than CommonMark (comments, front matter) an example does not apply.
@Suite("CommonMark's examples through the tree")
struct CommonMarkTests {
  private struct Example: Decodable {
    let markdown: String
    let html: String
    let example: Int
  }

  private static let data = ProcessInfo.processInfo.environment["NIBBLE_TEST_DATA"]

  /// Debian's cmark 0.30 reads an older version of the specification here.
  private static let older: Set = [354, 625, 626]

  /// Front matter, comments and NULs are read as the course's own.
  private static func isExtended(_ example: Example) -> Bool {
    example.markdown.contains("<!--") || example.markdown.hasPrefix("---\n")
      || example.markdown.contains("\u{0}")
  }

  @Test(
    "all examples that CommonMark alone decides",
    .enabled(
      if: data != nil,
      "set NIBBLE_TEST_DATA to the folder that holds commonmark/spec-0.31.2.json"))
  func examples() throws {
    let folder = try #require(Self.data)
    let file = URL(filePath: "\(folder)/commonmark/spec-0.31.2.json")
    let examples = try JSONDecoder().decode([Example].self, from: Data(contentsOf: file))
    #expect(examples.count == 652)
    var compared = 0
    for example in examples where !Self.older.contains(example.example) {
      guard !Self.isExtended(example) else { continue }
      compared += 1
      let parsed = ParsedText(example.markdown)
      let html = TreeHTML.html(parsed.blocks)
      #expect(
        html == TreeHTML.normalized(example.html),
        "example \(example.example): \(example.markdown.debugDescription)")
    }
    #expect(compared >= 630)
  }
}

/// Writes the tree as the specification writes its examples, line ends apart.
private enum TreeHTML {
  static func html(_ blocks: [Block]) -> String {
    normalized(blocks.map { html($0, isTight: false) }.joined())
  }

  /// Line ends next to tags do not matter, and neither does how an empty element is closed.
  static func normalized(_ html: String) -> String {
    html.replacing("\n<", with: "<").replacing(">\n", with: ">").trimmingCharacters(
      in: .whitespacesAndNewlines)
  }

  private static func html(_ block: Block, isTight: Bool) -> String {
    switch block.kind {
    case .heading(let level, _, let inlines): "<h\(level)>\(html(inlines))</h\(level)>\n"
    case .paragraph(let inlines): isTight ? html(inlines) + "\n" : "<p>\(html(inlines))</p>\n"
    case .quote(let inner):
      "<blockquote>\n\(inner.map { html($0, isTight: false) }.joined())</blockquote>\n"
    case .list(let start, let isTight, let items):
      list(start, items.map { item in item.map { html($0, isTight: isTight) }.joined() })
    case .code(let info, let text):
      "<pre><code\(language(info))>\(escaped(text))</code></pre>\n"
    case .html(let html): html
    case .rule: "<hr />\n"
    default: "unexpected \(block.kind)"
    }
  }

  private static func list(_ start: Int?, _ items: [String]) -> String {
    let body = items.map { "<li>\($0)</li>\n" }.joined()
    guard let start else { return "<ul>\n\(body)</ul>\n" }
    return start == 1 ? "<ol>\n\(body)</ol>\n" : "<ol start=\"\(start)\">\n\(body)</ol>\n"
  }

  private static func language(_ info: String) -> String {
    info.split(separator: " ").first.map { " class=\"language-\(escaped(String($0)))\"" } ?? ""
  }

  private static func html(_ inlines: [Inline]) -> String {
    inlines.map(html).joined()
  }

  private static func html(_ inline: Inline) -> String {
    switch inline {
    case .text(let text): escaped(text)
    case .softBreak: "\n"
    case .lineBreak: "<br />\n"
    case .code(let text): "<code>\(escaped(text))</code>"
    case .emphasis(let inner): "<em>\(html(inner))</em>"
    case .strong(let inner): "<strong>\(html(inner))</strong>"
    case .link(let destination, let title, let inner):
      "<a href=\"\(address(destination))\"\(attribute(title))>\(html(inner))</a>"
    case .image(let source, let title, let inner):
      "<img src=\"\(address(source))\" alt=\"\(escaped(Inline.plainText(of: inner)))\""
        + "\(attribute(title)) />"
    case .html(let html): html
    default: "unexpected \(inline)"
    }
  }

  private static func attribute(_ title: String) -> String {
    title.isEmpty ? "" : " title=\"\(escaped(title))\""
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }

  /// An address with everything percent-encoded that cmark encodes.
  private static func address(_ text: String) -> String {
    let kept = Set(
      ("-_.+!*(),%#@?=;:/$~abcdefghijklmnopqrstuvwxyz"
        + "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789").utf8)
    var encoded = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "&"): encoded += "&amp;"
      case UInt8(ascii: "'"): encoded += "&#x27;"
      case _ where kept.contains(byte): encoded.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        encoded += "%" + (digits.count == 1 ? "0" : "") + digits
      }
    }
    return encoded
  }
}
