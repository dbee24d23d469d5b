/// What a block of raw HTML is made of, as far as a chapter gives HTML a meaning.
struct HTMLPieces {
  /// One part and the line it starts on, counted from 0 within the block.
  struct Piece: Hashable {
    let kind: Kind
    let line: Int
  }

  /// The kinds of part.
  enum Kind: Hashable {
    /// `<!-- … -->`: what stands between, trimmed.
    case comment(String)
    /// `<details …>`.
    case detailsOpen
    /// `</details>`.
    case detailsClose
    /// `<summary>…</summary>`: what stands between.
    case summary(String)
    /// Anything else, never blank.
    case other(String)
  }

  /// The parts in order.
  private(set) var pieces: [Piece] = []

  private let bytes: [UInt8]
  private var position = 0
  private var otherStart = 0
  private var counted = (position: 0, lines: 0)

  /// Takes a block of HTML apart.
  init(_ html: String) {
    bytes = Array(html.utf8)
    while position < bytes.count {
      if bytes[position] == UInt8(ascii: "<"), let (kind, end) = pieceHere() {
        flushOther()
        pieces.append(Piece(kind: kind, line: line(of: position)))
        position = end
        otherStart = end
      } else {
        position += 1
      }
    }
    flushOther()
  }

  /// The text of a comment, or nil when this is another kind of HTML.
  static func comment(_ html: String) -> String? {
    let pieces = HTMLPieces(html).pieces
    guard pieces.count == 1, case .comment(let text)? = pieces.first?.kind else { return nil }
    return text
  }

  private func pieceHere() -> (Kind, end: Int)? {
    if matches("<!--", at: position) {
      let start = position + 4
      let end = find("-->", from: start)
      return (.comment(trimmed(start, end ?? bytes.count)), end.map { $0 + 3 } ?? bytes.count)
    }
    if let end = tagEnd("<details") { return (.detailsOpen, end) }
    if let end = tagEnd("</details") { return (.detailsClose, end) }
    if let start = tagEnd("<summary") {
      let end = find("</summary", from: start) ?? bytes.count
      let close = find(">", from: end).map { $0 + 1 } ?? bytes.count
      return (.summary(trimmed(start, end)), close)
    }
    return nil
  }

  /// Where a tag that starts here ends, behind its `>`.
  private func tagEnd(_ opening: String) -> Int? {
    guard matches(opening, at: position) else { return nil }
    let after = position + opening.utf8.count
    guard after < bytes.count else { return bytes.count }
    guard " \t\n/>".utf8.contains(bytes[after]) else { return nil }
    return find(">", from: after).map { $0 + 1 } ?? bytes.count
  }

  private func matches(_ text: String, at start: Int) -> Bool {
    guard start + text.utf8.count <= bytes.count else { return false }
    return zip(bytes[start...], text.utf8).allSatisfy { found, wanted in
      found == wanted || (found | 0x20 == wanted && found >= UInt8(ascii: "A") && found < 0x5B)
    }
  }

  private func find(_ text: String, from start: Int) -> Int? {
    guard start < bytes.count else { return nil }
    return (start..<bytes.count).first { matches(text, at: $0) }
  }

  private func trimmed(_ start: Int, _ end: Int) -> String {
    guard start < end else { return "" }
    let text = Substring(decoding: bytes[start..<end], as: UTF8.self).drop(while: \.isWhitespace)
    guard let last = text.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(text[...last])
  }

  /// The line of a position; asked in rising order, so that each byte is counted once.
  private mutating func line(of position: Int) -> Int {
    guard position > counted.position else { return counted.lines }
    let lines = bytes[counted.position..<position].count { $0 == 0x0A }
    counted = (position, counted.lines + lines)
    return counted.lines
  }

  private mutating func flushOther() {
    guard otherStart < position else { return }
    let text = String(decoding: bytes[otherStart..<position], as: UTF8.self)
    guard let first = text.firstIndex(where: { !$0.isWhitespace }) else { return }
    let blankLines = text[..<first].utf8.count { $0 == 0x0A }
    pieces.append(Piece(kind: .other(text), line: line(of: otherStart) + blankLines))
  }
}
