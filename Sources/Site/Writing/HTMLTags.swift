/// Finds the tags of a page and their attributes: enough of HTML for pages this module made.
enum HTMLTags {
  /// An opening tag.
  struct Tag {
    let name: String
    let attributes: [String: String]
    /// The line it starts on, from 1.
    let line: Int
  }

  /// The opening tags, in order; comments, declarations and closing tags are passed over.
  static func tags(of html: String) -> [Tag] {
    var reader = Reader(bytes: Array(html.utf8))
    return reader.tags()
  }

  private struct Reader {
    let bytes: [UInt8]
    var index = 0
    var line = 1

    init(bytes: [UInt8]) {
      self.bytes = bytes
    }

    private var byte: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func advance() {
      if bytes[index] == UInt8(ascii: "\n") { line += 1 }
      index += 1
    }

    mutating func tags() -> [Tag] {
      var tags: [Tag] = []
      while let byte {
        guard byte == UInt8(ascii: "<") else {
          advance()
          continue
        }
        let start = line
        advance()
        if starts(with: "!--") {
          skip(past: "-->")
        } else if let next = self.byte, isLetter(next) {
          let name = word()
          tags.append(Tag(name: name.lowercased(), attributes: attributes(), line: start))
          if name == "script" || name == "style" { skip(to: "</\(name)") }
        }
      }
      return tags
    }

    private mutating func attributes() -> [String: String] {
      var attributes: [String: String] = [:]
      while let byte, byte != UInt8(ascii: ">") {
        guard isLetter(byte) else {
          advance()
          continue
        }
        let name = word().lowercased()
        guard self.byte == UInt8(ascii: "=") else {
          attributes[name] = ""
          continue
        }
        advance()
        guard let quote = self.byte, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'")
        else {
          attributes[name] = word()
          continue
        }
        advance()
        let start = index
        while let inside = self.byte, inside != quote { advance() }
        attributes[name] = HTMLTags.unescaped(String(decoding: bytes[start..<index], as: UTF8.self))
        if self.byte != nil { advance() }
      }
      return attributes
    }

    private mutating func word() -> String {
      let start = index
      let ends = Set(" \n\t=>/\"'".utf8)
      while let byte, !ends.contains(byte) { advance() }
      return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private func starts(with text: String) -> Bool {
      bytes[index...].starts(with: text.utf8)
    }

    private mutating func skip(to text: String) {
      while index < bytes.count, !starts(with: text) { advance() }
    }

    private mutating func skip(past text: String) {
      skip(to: text)
      for _ in 0..<text.utf8.count where index < bytes.count { advance() }
    }

    private func isLetter(_ byte: UInt8) -> Bool {
      (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
  }

  /// The text of an attribute: the five escapes this module writes, read back.
  private static func unescaped(_ text: String) -> String {
    guard text.contains("&") else { return text }
    let escapes = ["&lt;": "<", "&gt;": ">", "&quot;": "\"", "&#39;": "'", "&amp;": "&"]
    var result = ""
    var rest = text[...]
    while let first = rest.first {
      if first == "&", let escape = escapes.first(where: { rest.hasPrefix($0.key) }) {
        result += escape.value
        rest = rest.dropFirst(escape.key.count)
      } else {
        result.append(first)
        rest.removeFirst()
      }
    }
    return result
  }
}
