extension TreeReader {
  /// Reads a block of raw HTML: comments direct the course, details fold, the rest is kept.
  mutating func appendHTML(_ html: String, line: Int, to sequence: inout Sequence) {
    let pieces = HTMLPieces(html).pieces
    let isPlain = pieces.allSatisfy { if case .other = $0.kind { true } else { false } }
    for piece in pieces {
      let pieceLine = line + piece.line
      switch piece.kind {
      case .comment(let text):
        follow(Directive(text), line: pieceLine, in: &sequence)
      case .detailsOpen:
        open(.details(summary: nil), line: pieceLine, in: &sequence)
      case .detailsClose:
        close("</details>", line: pieceLine, in: &sequence) {
          if case .details = $0 { true } else { false }
        }
      case .summary(let text):
        summarize(text, line: pieceLine, in: &sequence)
      case .other(let text):
        keep(text, line: pieceLine, isWholeBlock: isPlain, in: &sequence)
      }
    }
  }

  /// Keeps HTML that has no meaning here, and says so.
  private mutating func keep(
    _ text: String, line: Int, isWholeBlock: Bool, in sequence: inout Sequence
  ) {
    let holdsFence = text.split(separator: "\n").contains { line in
      let start = line.drop { $0 == " " }
      return start.hasPrefix("```") || start.hasPrefix("~~~")
    }
    if holdsFence {
      log.error(
        "fence-in-html", line: line,
        "this fence is swallowed by the HTML before it; put a blank line before and after the fence"
      )
    } else if isWholeBlock {
      log.warning(
        "html-ignored", line: line,
        "HTML is shown as text, apart from comments and details; write Markdown instead")
    } else {
      log.error(
        "text-beside-html", line: line,
        "text on the lines of a comment or tag is not read as Markdown; put a blank line between them"
      )
    }
    sequence.append(.html(text), line: line)
  }

  private mutating func summarize(_ text: String, line: Int, in sequence: inout Sequence) {
    let last = sequence.frames.count - 1
    guard case .details(nil) = sequence.frames[last].kind, sequence.frames[last].blocks.isEmpty
    else {
      if sequence.ignoredRegions == 0 {
        log.error(
          "summary-outside-details", line: line,
          "a summary stands first in its details: `<details><summary>Hint</summary>`")
      }
      return
    }
    let inlines = Self.withTagsRead(self.inlines(ofLine: text, line: line, allowsHTML: true))
    sequence.frames[last].kind = .details(summary: inlines)
  }

  private mutating func follow(
    _ directive: Directive, line: Int, in sequence: inout Sequence
  ) {
    switch directive {
    case .note: break
    case .predict(let name):
      openPredictions.append(line)
      sequence.append(.predict(name), line: line)
    case .claim(let id, let source):
      check(claimSource: source, line: line)
      open(.claim(id: id, source: source), line: line, in: &sequence)
    case .audience(let personas):
      open(.audience(personas), line: line, in: &sequence)
    case .end:
      close("<!-- end -->", line: line, in: &sequence) {
        switch $0 {
        case .claim, .audience: true
        case .root, .details: false
        }
      }
    case .value:
      log.error(
        "value-without-number", line: line,
        "a value comment stands directly behind its number, as in `6.10e-05<!--=e8-->`")
    case .mistaken(let id, let summary, let isError):
      if isError {
        log.error(id, line: line, summary)
      } else {
        log.warning(id, line: line, summary)
      }
    }
  }

  /// A claim's source may stand outside the bibliography; where there is one, that deserves a word.
  private mutating func check(claimSource source: String, line: Int) {
    guard let bibliography, bibliography.isFromFile, bibliography[source] == nil else { return }
    log.warning(
      "unknown-source", line: line,
      "the claim's source \(source) is not in the bibliography"
        + bibliography.suggestion(for: source))
  }

  /// The few tags that a summary may carry, as GitHub shows them, read as Markdown's own.
  private static func withTagsRead(_ inlines: [Inline]) -> [Inline] {
    var read: [Inline] = []
    var rest = inlines[...]
    while let inline = rest.popFirst() {
      guard case .html(let tag) = inline, let name = Self.tags[tag.lowercased()],
        let end = rest.firstIndex(where: { candidate in
          guard case .html(let other) = candidate else { return false }
          return other.lowercased() == "</\(name)>"
        })
      else {
        read.append(inline)
        continue
      }
      let inner = withTagsRead(Array(rest[..<end]))
      rest = rest[(end + 1)...]
      switch name {
      case "code": read.append(.code(Inline.plainText(of: inner)))
      case "b", "strong": read.append(.strong(inner))
      default: read.append(.emphasis(inner))
      }
    }
    return read
  }

  private static let tags = [
    "<b>": "b", "<strong>": "strong", "<i>": "i", "<em>": "em", "<code>": "code",
  ]
}
