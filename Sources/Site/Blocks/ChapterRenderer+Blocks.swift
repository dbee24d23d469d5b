import Course
import StepRecords

extension ChapterRenderer {
  /// Blocks one after the other, each on lines of its own.
  func blocks(_ blocks: [Block]) -> String {
    var result = ""
    var index = 0
    while index < blocks.count {
      let block = blocks[index]
      if let span = exercises[block.line], case .heading = block.kind {
        let end = min(index + span.blocks.count, blocks.count)
        result += exercise(Array(blocks[index..<end]), number: span.number)
        index = end
        continue
      }
      if case .step(let step) = block.kind {
        var expectedOutput: String?
        if index + 1 < blocks.count, case .output(let text) = blocks[index + 1].kind {
          expectedOutput = text
          index += 1
        }
        result += self.step(step, expectedOutput: expectedOutput)
      } else {
        result += self.block(block)
      }
      index += 1
    }
    return result
  }

  private func block(_ block: Block) -> String {
    switch block.kind {
    case .heading(let level, let anchor, let inlines):
      heading(level: level, anchor: anchor, inlines)
    case .paragraph(let inlines):
      "<p>\(self.inlines(inlines))</p>\n"
    case .quote(let inside):
      "<blockquote>\n\(blocks(inside))</blockquote>\n"
    case .list(let start, let isTight, let items):
      list(start: start, isTight: isTight, items: items)
    case .code(let info, let text):
      code(info: info, text: text)
    case .html(let raw):
      rawHTML(raw)
    case .rule:
      "<hr>\n"
    case .math(let tex):
      "<div class=\"formula\" tabindex=\"0\">\(MathML.render(tex: HTMLText.legible(tex), display: true))</div>\n"
    case .table(let alignments, let header, let rows):
      table(alignments: alignments, header: header, rows: rows)
    case .details(let summary, let inside):
      "<details class=\"fold\">\n<summary>\(inlines(summary))</summary>\n"
        + "<div class=\"folded\">\n\(blocks(inside))</div>\n</details>\n"
    case .step(let index):
      step(index, expectedOutput: nil)
    case .output(let text):
      output(text, caption: "Output")
    case .predict(let name):
      "<p class=\"predict\">Before you look: what will <code>\(HTMLText.escaped(name))</code> be? "
        + "Commit to a number.</p>\n"
    case .claim(let id, let source, let inside):
      claim(id: id, source: source, inside)
    case .audience(let personas, let inside):
      audience(personas, inside)
    }
  }

  private func heading(level: Int, anchor: String, _ inlines: [Inline]) -> String {
    let tag = "h\(min(max(level, 1), 6))"
    let link = anchorLink(to: anchor, name: "Link to “\(Inline.plainText(of: inlines))”")
    return "<\(tag)\(HTMLText.attribute("id", anchor))>\(self.inlines(inlines)) \(link)</\(tag)>\n"
  }

  /// The mark beside a heading or a step that gives its address.
  func anchorLink(to anchor: String, name: String) -> String {
    "<a class=\"anchor\"\(HTMLText.attribute("href", "#" + LinkDestination.encoded(name: anchor)))"
      + "\(HTMLText.attribute("aria-label", name))>§</a>"
  }

  private func list(start: Int?, isTight: Bool, items: [[Block]]) -> String {
    let tag = start == nil ? "ul" : "ol"
    let from = start.flatMap { $0 == 1 ? nil : String($0) }
    let inside = items.map { item in
      guard isTight else { return "<li>\n\(blocks(item))</li>\n" }
      // A tight item's paragraphs are bare text; anything else keeps its own shape.
      let parts = item.map { block in
        guard case .paragraph(let inlines) = block.kind else { return "\n" + blocks([block]) }
        return self.inlines(inlines)
      }
      return "<li>\(parts.joined(separator: "\n"))</li>\n"
    }
    return "<\(tag)\(HTMLText.attribute("start", from))>\n\(inside.joined())</\(tag)>\n"
  }

  private func code(info: String, text: String) -> String {
    let language = info.split(separator: " ").first.map(String.init)
    let inside =
      language == "swift"
      ? CodeMarkup.lines(ofSwift: text).map { $0 + "\n" }.joined() : HTMLText.escaped(text)
    let name = language.map { "language-\($0)" }
    return "<div class=\"quoted\">\n<pre class=\"listing\" tabindex=\"0\">"
      + "<code\(HTMLText.attribute("class", name))>\(inside)</code></pre>\n</div>\n"
  }

  private func rawHTML(_ raw: String) -> String {
    let trimmed = raw.drop { $0.isWhitespace }
    if trimmed.hasPrefix("<!--") { return "" }
    return "<pre class=\"listing\"><code>\(HTMLText.escaped(raw))</code></pre>\n"
  }

  private func audience(_ personas: [String], _ inside: [Block]) -> String {
    let names = personas.map { Persona(rawValue: $0)?.name ?? $0 }.joined(separator: ", ")
    return "<section class=\"audience\""
      + "\(HTMLText.attribute("data-for", personas.joined(separator: " ")))"
      + "\(HTMLText.attribute("aria-label", "For: \(names)"))>\n"
      + "<p class=\"audience-name\">For: \(HTMLText.escaped(names))</p>\n"
      + "\(blocks(inside))</section>\n"
  }

  private func table(
    alignments: [Block.ColumnAlignment], header: [[Inline]], rows: [[[Inline]]]
  ) -> String {
    func cells(_ row: [[Inline]], tag: String) -> String {
      let cells = row.enumerated().map { column, cell in
        let alignment = column < alignments.count ? alignments[column] : .natural
        let name = alignment == .natural ? nil : alignment.rawValue
        let scope = tag == "th" ? " scope=\"col\"" : ""
        return "<\(tag)\(scope)\(HTMLText.attribute("class", name))>\(inlines(cell))</\(tag)>"
      }
      return "<tr>\(cells.joined())</tr>\n"
    }
    let inside = rows.map { cells($0, tag: "td") }.joined()
    let body = rows.isEmpty ? "" : "<tbody>\n\(inside)</tbody>\n"
    return
      "<div class=\"table\" tabindex=\"0\"><table>\n<thead>\n\(cells(header, tag: "th"))</thead>\n"
      + "\(body)</table></div>\n"
  }
}
