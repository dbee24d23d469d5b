extension TreeReader {
  /// The inlines of a block's text.
  mutating func inlines(_ nodes: [MarkdownNode], allowsHTML: Bool = false) -> [Inline] {
    var inlines: [Inline] = []
    var opensFormula = false
    let nodes = Self.withCitationsJoined(nodes)
    for (index, node) in nodes.enumerated() {
      if node.isCut { reportDepth(node.line) }
      switch node.kind {
      case .text(var text):
        if opensFormula { text.removeFirst() }
        opensFormula = false
        appendText(text, line: node.line, to: &inlines)
      case .codeSpan(let code):
        opensFormula = appendCodeSpan(
          code, line: node.line, next: index + 1 < nodes.count ? nodes[index + 1] : nil,
          to: &inlines)
      case .softBreak: inlines.append(.softBreak)
      case .lineBreak: inlines.append(.lineBreak)
      case .emphasis:
        inlines.append(.emphasis(self.inlines(node.children, allowsHTML: allowsHTML)))
      case .strong:
        inlines.append(.strong(self.inlines(node.children, allowsHTML: allowsHTML)))
      case .link(let destination, let title):
        let inner = self.inlines(node.children, allowsHTML: allowsHTML)
        inlines.append(link(inner, destination: destination, title: title, node: node))
      case .image(let image, let title):
        let inner = self.inlines(node.children, allowsHTML: true)
        inlines.append(.image(source: image, title: title, inner))
      case .htmlInline(let html):
        appendHTML(html, line: node.line, isAllowed: allowsHTML, to: &inlines)
      default:
        break  // blocks do not stand in text
      }
    }
    return inlines
  }

  /// Adds a code span, or a formula where a dollar stands on either side; says whether it was one.
  private mutating func appendCodeSpan(
    _ code: String, line: Int, next: MarkdownNode?, to inlines: inout [Inline]
  ) -> Bool {
    guard case .text(let before)? = inlines.last, before.hasSuffix("$"),
      case .text(let after)? = next?.kind, after.hasPrefix("$")
    else {
      inlines.append(.code(code))
      return false
    }
    inlines.removeLast()
    Self.append(text: String(before.dropLast()), to: &inlines)
    check(tex: code, line: line)
    inlines.append(.math(code))
    return true
  }

  private mutating func appendHTML(
    _ html: String, line: Int, isAllowed: Bool, to inlines: inout [Inline]
  ) {
    guard let comment = HTMLPieces.comment(html) else {
      inlines.append(.html(html))
      guard !isAllowed else { return }
      log.warning(
        "html-ignored", line: line,
        "HTML in text is shown as written; write Markdown instead of `\(html)`")
      return
    }
    switch Directive(comment) {
    case .value(let name):
      if !Self.prove(&inlines, target: name, line: line) {
        log.error(
          "value-without-number", line: line,
          "no number stands directly before `<!--=\(name)-->`; write it as in `6.10e-05<!--=e8-->`")
      }
    case .note: break
    case .mistaken(let id, let summary, let isError):
      if isError {
        log.error(id, line: line, summary)
      } else {
        log.warning(id, line: line, summary)
      }
    case .predict, .claim, .audience, .end:
      log.error(
        "directive-in-text", line: line,
        "`<!-- \(comment) -->` does nothing inside a paragraph; give it a line of its own")
    }
  }

  // MARK: Text and citations

  /// Adds plain text, its citations apart.
  private mutating func appendText(_ text: String, line: Int, to inlines: inout [Inline]) {
    var rest = text[...]
    while let start = rest.firstRange(of: "[@") {
      Self.append(text: String(rest[..<start.lowerBound]), to: &inlines)
      rest = rest[start.lowerBound...]
      let end = rest.firstIndex(of: "]")
      guard let ids = end.flatMap({ Self.citationIDs(rest[..<$0].dropFirst()) }), let end else {
        log.warning(
          "citation-syntax", line: line,
          "this is not a citation; write `[@frantar2022]` or `[@frantar2022; @lin2023]`")
        // Without a closing bracket nothing behind this one is a citation either.
        let behind = end.map { rest.index(after: $0) } ?? rest.endIndex
        Self.append(text: String(rest[..<behind]), to: &inlines)
        rest = rest[behind...]
        continue
      }
      for id in ids {
        checkCitation(id, line: line)
        inlines.append(.citation(id))
      }
      rest = rest[rest.index(after: end)...]
    }
    Self.append(text: String(rest), to: &inlines)
  }

  private mutating func checkCitation(_ id: String, line: Int) {
    guard let bibliography, bibliography[id] == nil else { return }
    let file = bibliography.isFromFile ? "" : "; there is no sources.yaml beside the chapters"
    log.error(
      "unknown-citation", line: line,
      "\(id) is not in the bibliography\(file)\(bibliography.suggestion(for: id))")
  }

  /// The ids in `@a; @b`, or nil when it is something else.
  private static func citationIDs(_ text: Substring) -> [String]? {
    var ids: [String] = []
    for part in text.split(separator: ";", omittingEmptySubsequences: false) {
      let id = part.drop(while: \.isWhitespace)
      guard id.first == "@" else { return nil }
      let name = id.dropFirst().prefix { !$0.isWhitespace }
      let isName =
        !name.isEmpty
        && name.allSatisfy { $0.isLetter || $0.isNumber || "_-.:/+".contains($0) }
      guard isName, id[name.endIndex...].allSatisfy(\.isWhitespace) else { return nil }
      ids.append(String(name))
    }
    return ids
  }

  /// A citation that runs over a line end is one text again.
  private static func withCitationsJoined(_ nodes: [MarkdownNode]) -> [MarkdownNode] {
    var joined: [MarkdownNode] = []
    var rest = nodes[...]
    while let node = rest.popFirst() {
      guard case .text(let text) = node.kind,
        let start = text.lastIndex(of: "["), text[start...].hasPrefix("[@"),
        !text[start...].contains("]"), rest.count >= 2,
        case .softBreak = rest[rest.startIndex].kind,
        case .text(let after) = rest[rest.startIndex + 1].kind, after.contains("]")
      else {
        joined.append(node)
        continue
      }
      joined.append(node.replacingText(with: text + " " + after))
      rest = rest.dropFirst(2)
    }
    return joined
  }

  /// Adds text to the text before it, if there is some.
  static func append(text: String, to inlines: inout [Inline]) {
    guard !text.isEmpty else { return }
    if case .text(let before)? = inlines.last {
      inlines[inlines.count - 1] = .text(before + text)
    } else {
      inlines.append(.text(text))
    }
  }
}
