import Course

/// Code as HTML, line by line.
enum CodeMarkup {
  /// Each line of Swift code with its words in `<span class="…">`, without line ends.
  static func lines(ofSwift code: String) -> [String] {
    let bytes = Array(code.utf8)
    var lines: [String] = [""]
    func append(_ range: Range<Int>, class name: String?) {
      let text = String(decoding: bytes[range], as: UTF8.self)
      let pieces = text.split(separator: "\n", omittingEmptySubsequences: false)
      for (index, piece) in pieces.enumerated() {
        if index > 0 { lines.append("") }
        guard !piece.isEmpty else { continue }
        let escaped = HTMLText.escaped(piece)
        lines[lines.count - 1] += name.map { "<span class=\"\($0)\">\(escaped)</span>" } ?? escaped
      }
    }
    for span in SwiftHighlighter.spans(of: code) {
      append(span.range, class: span.kind == .plain ? nil : span.kind.rawValue)
    }
    if lines.last == "", lines.count > 1 { lines.removeLast() }
    return lines
  }
}
