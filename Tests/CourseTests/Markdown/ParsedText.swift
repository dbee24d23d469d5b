import Course

/// A chapter parsed from a literal, with what tests ask of it.
struct ParsedText {
  let chapter: Chapter
  let diagnostics: [Diagnostic]

  /// Parses a whole file.
  init(_ text: String, bibliography: Bibliography? = nil) {
    self.init(bytes: Array(text.utf8), bibliography: bibliography)
  }

  /// Parses a whole file from its bytes.
  init(bytes: [UInt8], bibliography: Bibliography? = nil) {
    (chapter, diagnostics) =
      ChapterParser(
        bytes: bytes, id: "01-test", path: "Chapters/01-test.md", bibliography: bibliography
      ).parse()
  }

  /// Parses a body under front matter of three lines, so that the body begins on line 4.
  static func body(_ text: String, bibliography: Bibliography? = nil) -> ParsedText {
    ParsedText("---\ntitle: Test\n---\n" + text, bibliography: bibliography)
  }

  var blocks: [Block] { chapter.blocks }
  var kinds: [Block.Kind] { chapter.blocks.map(\.kind) }
  var lines: [Int] { chapter.blocks.map(\.line) }
  /// `id:line` of each diagnostic, in order.
  var found: [String] { diagnostics.map { "\($0.id):\($0.line)" } }
  /// The inlines of the first block when it is a paragraph or a heading.
  var inlines: [Inline] {
    switch chapter.blocks.first?.kind {
    case .paragraph(let inlines), .heading(_, _, let inlines): inlines
    default: []
    }
  }
}

/// Every proven number of the blocks, in order, for tests that ask only about them.
func numbers(in blocks: [Block]) -> [ProvenNumber] {
  blocks.flatMap { block -> [ProvenNumber] in
    switch block.kind {
    case .heading(_, _, let inlines), .paragraph(let inlines): numbers(in: inlines)
    case .quote(let inner), .claim(_, _, let inner), .audience(_, let inner): numbers(in: inner)
    case .details(let summary, let inner): numbers(in: summary) + numbers(in: inner)
    case .list(_, _, let items): items.flatMap { numbers(in: $0) }
    case .table(_, let header, let rows):
      (header + rows.flatMap(\.self)).flatMap { numbers(in: $0) }
    default: []
    }
  }
}

private func numbers(in inlines: [Inline]) -> [ProvenNumber] {
  inlines.flatMap { inline -> [ProvenNumber] in
    switch inline {
    case .proven(let number): [number]
    case .emphasis(let inner), .strong(let inner), .link(_, _, let inner),
      .image(_, _, let inner):
      numbers(in: inner)
    default: []
    }
  }
}
