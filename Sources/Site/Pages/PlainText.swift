import Course

/// What blocks say, without markup: what is searched, and what is counted.
enum PlainText {
  /// The words of blocks, one space between blocks.
  static func of(_ blocks: [Block]) -> String {
    blocks.map(text).filter { !$0.isEmpty }.joined(separator: " ")
  }

  private static func text(_ block: Block) -> String {
    switch block.kind {
    case .heading(_, _, let inlines), .paragraph(let inlines): text(inlines)
    case .quote(let blocks), .claim(_, _, let blocks), .audience(_, let blocks): of(blocks)
    case .details(let summary, let blocks): text(summary) + " " + of(blocks)
    case .list(_, _, let items): items.map(of).joined(separator: " ")
    case .table(_, let header, let rows):
      ([header] + rows).map { $0.map(text).joined(separator: " ") }.joined(separator: " ")
    case .code, .html, .rule, .math, .step, .output, .predict: ""
    }
  }

  private static func text(_ inlines: [Inline]) -> String {
    Inline.plainText(of: inlines).split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}

/// A stretch of a chapter under one heading.
struct Section {
  /// The heading's anchor; empty before the first heading.
  let anchor: String
  /// The heading's text; empty before the first heading.
  let title: String
  /// Its blocks, heading included.
  let blocks: [Block]

  /// Whether a section only lists what the chapter cites.
  static func isListOfSources(_ title: String) -> Bool {
    ["sources", "references", "further reading"].contains(title.lowercased())
  }

  /// A chapter cut at its headings of the first three levels, wherever they stand at the top.
  static func sections(of chapter: Chapter) -> [Section] {
    var sections: [Section] = []
    var anchor = ""
    var title = ""
    var blocks: [Block] = []
    for block in chapter.blocks {
      if case .heading(let level, let name, let inlines) = block.kind, level <= 3 {
        if !blocks.isEmpty {
          sections.append(Section(anchor: anchor, title: title, blocks: blocks))
        }
        (anchor, title, blocks) = (name, Inline.plainText(of: inlines), [])
      }
      blocks.append(block)
    }
    if !blocks.isEmpty { sections.append(Section(anchor: anchor, title: title, blocks: blocks)) }
    return sections
  }
}
