extension TreeReader {
  /// A list of blocks that is being filled, and the regions open in it.
  struct Sequence {
    /// An open region and what it holds so far.
    struct Frame {
      enum Kind {
        case root
        case details(summary: [Inline]?)
        case claim(id: String, source: String)
        case audience([String])
      }

      var kind: Kind
      let line: Int
      var blocks: [Block] = []
    }

    /// The open regions, outermost first; the first is the list itself.
    var frames = [Frame(kind: .root, line: 0)]
    /// A wrong answer whose message is being read, and the message's first line.
    var message: (step: Int, from: Int)?
    /// How many regions were not opened because they stood too deep.
    var ignoredRegions = 0
    /// How deep this list stands.
    let depth: Int

    /// An empty list.
    init(depth: Int) {
      self.depth = depth
    }

    /// Adds a block to the innermost region.
    mutating func append(_ kind: Block.Kind, line: Int) {
      frames[frames.count - 1].blocks.append(Block(kind, line: line))
    }
  }

  /// The blocks that a document, a quotation or a list item holds.
  mutating func read(_ container: MarkdownNode, depth: Int) -> [Block] {
    if container.isCut { reportDepth(container.line) }
    var sequence = Sequence(depth: depth)
    for child in container.children {
      append(child, to: &sequence)
    }
    let end =
      if case .document = container.kind { source.lines.count + 1 } else { container.endLine + 1 }
    endMessage(&sequence, before: end)
    while sequence.frames.count > 1 { closeUnended(&sequence) }
    return sequence.frames[0].blocks
  }

  private mutating func append(_ node: MarkdownNode, to sequence: inout Sequence) {
    let depth = sequence.depth + sequence.frames.count
    switch node.kind {
    case .heading(let level):
      endMessage(&sequence, before: node.line)
      let inlines = inlines(node.children)
      let anchor = anchors.anchor(for: Inline.plainText(of: inlines))
      sequence.append(.heading(level: level, anchor: anchor, inlines), line: node.line)
    case .paragraph:
      appendParagraph(node, to: &sequence)
    case .quote:
      sequence.append(.quote(read(node, depth: depth)), line: node.line)
    case .list(let start, let isTight):
      if node.isCut { reportDepth(node.line) }
      let items = node.children.map { read($0, depth: depth) }
      sequence.append(.list(start: start, isTight: isTight, items: items), line: node.line)
    case .code(let info, let text):
      appendCode(node, info: info, text: text, to: &sequence)
    case .html(let html):
      appendHTML(html, line: node.line, to: &sequence)
    case .rule:
      sequence.append(.rule, line: node.line)
    default:
      break  // a block holds no other kinds
    }
  }

  /// Notes that something stands in too many others.
  mutating func reportDepth(_ line: Int) {
    log.error(
      "nested-too-deeply", line: line,
      "this is nested more than \(MarkdownNode.depthLimit) levels deep; what it holds is left out")
  }

  // MARK: Messages of wrong answers

  /// Begins the message of a wrong answer on a line.
  func beginMessage(_ sequence: inout Sequence, step: Int, from line: Int) {
    sequence.message = (step, line)
  }

  /// Ends the message that is being read, if any, before a line.
  mutating func endMessage(_ sequence: inout Sequence, before line: Int) {
    guard let (step, from) = sequence.message else { return }
    sequence.message = nil
    guard from < line else { return }
    let text = Self.dedented(source.lines(in: from..<line))
    if !text.isEmpty { steps[step] = steps[step].adding(message: text) }
  }

  /// Lines without what their list or quotation puts before them, and without blank lines around.
  private static func dedented(_ lines: ArraySlice<Substring>) -> String {
    let isBlank = { (line: Substring) in line.allSatisfy(\.isWhitespace) }
    var lines = Array(lines.drop(while: isBlank))
    while lines.last.map(isBlank) == true { lines.removeLast() }
    while !lines.isEmpty, lines.allSatisfy({ $0.hasPrefix(">") }) {
      lines = lines.map { line in
        let rest = line.dropFirst()
        return rest.first == " " ? rest.dropFirst() : rest
      }
    }
    let indent = lines.filter { !isBlank($0) }.map { $0.prefix { $0 == " " }.count }.min() ?? 0
    return lines.map { $0.dropFirst(min(indent, $0.prefix { $0 == " " }.count)) }
      .joined(separator: "\n")
  }

  // MARK: Regions

  /// Opens a region, unless too many are open.
  mutating func open(_ kind: Sequence.Frame.Kind, line: Int, in sequence: inout Sequence) {
    guard sequence.depth + sequence.frames.count < MarkdownNode.depthLimit else {
      if sequence.ignoredRegions == 0 { reportDepth(line) }
      sequence.ignoredRegions += 1
      return
    }
    sequence.frames.append(.init(kind: kind, line: line))
  }

  /// Closes the innermost region that `isMeant`, and those left open inside it.
  mutating func close(
    _ written: String, line: Int, in sequence: inout Sequence,
    where isMeant: (Sequence.Frame.Kind) -> Bool
  ) {
    endMessage(&sequence, before: line)
    if sequence.ignoredRegions > 0 {
      sequence.ignoredRegions -= 1
      return
    }
    guard let index = sequence.frames.lastIndex(where: { isMeant($0.kind) }) else {
      log.error(
        "unmatched-end", line: line,
        "`\(written)` closes nothing; remove it, or open what it closes")
      return
    }
    while sequence.frames.count > index + 1 { closeUnended(&sequence) }
    closeInnermost(&sequence)
  }

  private mutating func closeUnended(_ sequence: inout Sequence) {
    guard let frame = sequence.frames.last else { return }
    switch frame.kind {
    case .root: return
    case .details:
      log.error(
        "unclosed-details", line: frame.line,
        "this `<details>` is not closed; end it with `</details>` on a line of its own")
    case .claim(let id, _):
      log.error(
        "unclosed-claim", line: frame.line,
        "the claim \(id) is not closed; end it with `<!-- end -->` on a line of its own")
    case .audience:
      log.error(
        "unclosed-audience", line: frame.line,
        "this `<!-- for: … -->` is not closed; end it with `<!-- end -->` on a line of its own")
    }
    closeInnermost(&sequence)
  }

  private mutating func closeInnermost(_ sequence: inout Sequence) {
    guard sequence.frames.count > 1 else { return }
    let frame = sequence.frames.removeLast()
    switch frame.kind {
    case .root: break
    case .details(let summary):
      let shown = summary.map { $0.isEmpty ? [.text("Details")] : $0 } ?? [.text("Details")]
      sequence.append(.details(summary: shown, frame.blocks), line: frame.line)
    case .claim(let id, let source):
      sequence.append(.claim(id: id, source: source, frame.blocks), line: frame.line)
    case .audience(let personas):
      sequence.append(.audience(personas, frame.blocks), line: frame.line)
    }
  }
}
