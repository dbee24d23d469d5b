/// Reads `glossary.md`: a title, an introduction, and one `## Term` after another.
struct GlossaryReader {
  /// The words.
  let glossary: Glossary
  /// Every anchor of the page.
  let anchors: Set<String>
  /// What is wrong with the Markdown, in line order.
  let diagnostics: [Diagnostic]

  /// Reads the bytes of a glossary.
  ///
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - path: The file as messages name it.
  ///   - bibliography: What citations are checked against.
  init(bytes: [UInt8], path: String, bibliography: Bibliography?) {
    let source = SourceText(bytes: bytes)
    var log = DiagnosticLog(path: path)
    for problem in source.problems { log.error(problem.id, line: problem.line, problem.summary) }
    var reader = TreeReader(source: source, path: path, bibliography: bibliography)
    let blocks = reader.readBody(MarkdownNode(parsing: source.text, firstLine: 1))
    log.add(reader.log.all)
    log.add(reader.stepReader.diagnostics)

    var title = ""
    var parts: [(heading: Block, blocks: [Block])] = []
    var introduction: [Block] = []
    var anchors: Set<String> = []
    for block in blocks {
      guard case .heading(let level, let anchor, let inlines) = block.kind else {
        if parts.isEmpty {
          introduction.append(block)
        } else {
          parts[parts.count - 1].blocks.append(block)
        }
        continue
      }
      anchors.insert(anchor)
      if level == 1, title.isEmpty, parts.isEmpty {
        title = Inline.plainText(of: inlines)
      } else {
        parts.append((block, []))
        guard level != 2 else { continue }
        log.error(
          "glossary-heading", line: block.line,
          "a glossary has one title and a heading of the second level a term; write `## `")
      }
    }
    diagnostics = log.inLineOrder
    self.anchors = anchors
    glossary = Glossary(
      path: path, title: title, introduction: introduction,
      entries: parts.compactMap { Self.entry($0.heading, $0.blocks) })
  }

  private static func entry(_ heading: Block, _ blocks: [Block]) -> Glossary.Entry? {
    guard case .heading(_, let anchor, let name) = heading.kind else { return nil }
    return Glossary.Entry(
      term: Inline.plainText(of: name), name: name, anchor: anchor,
      synonyms: blocks.flatMap(synonyms), blocks: blocks,
      references: LinkWalk.links(in: blocks).compactMap { reference($0.target, line: $0.line) },
      line: heading.line)
  }

  /// The other names in a paragraph that begins with `Also`.
  private static func synonyms(in block: Block) -> [String] {
    guard case .paragraph(let inlines) = block.kind,
      case .text(let opening)? = inlines.first, opening.hasPrefix("Also")
    else { return [] }
    return inlines.compactMap { inline in
      switch inline {
      case .emphasis(let inside), .strong(let inside): Inline.plainText(of: inside)
      case .code(let code): code
      default: nil
      }
    }
  }

  /// What a link to a `.md` file beside the glossary leads to; nil for other links.
  private static func reference(_ destination: String, line: Int) -> Glossary.Reference? {
    let parts = destination.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
    guard let file = parts.first, file.hasSuffix(".md"), !file.contains("://") else { return nil }
    let path = file.hasPrefix("./") ? file.dropFirst(2) : file
    let anchor = parts.count > 1 ? TreeReader.percentDecoded(String(parts[1])) : nil
    return Glossary.Reference(
      destination: destination, chapter: TreeReader.percentDecoded(String(path.dropLast(3))),
      anchor: anchor, line: line)
  }
}
