/// Turns a chapter's text into a tree of blocks and its steps, and says what is wrong with it.
///
/// Nothing is thrown and no bytes are refused: whatever can be read is read, the rest becomes
/// diagnostics with the line of the file. Markdown is read by cmark; pipe tables, formulas, folded parts,
/// comments that direct the course, proven numbers and citations are added over its tree.
public struct ChapterParser: Sendable {
  private let source: SourceText
  private let id: String
  private let path: String
  private let bibliography: Bibliography?

  /// A parser of a chapter's text.
  ///
  /// - Parameters:
  ///   - text: The whole file, front matter included.
  ///   - id: The chapter's id, such as `03-rounding`.
  ///   - path: The file as messages name it.
  ///   - bibliography: What citations are checked against; nil leaves them unchecked.
  public init(text: String, id: String, path: String, bibliography: Bibliography? = nil) {
    self.init(bytes: Array(text.utf8), id: id, path: path, bibliography: bibliography)
  }

  /// A parser of a chapter's bytes, which need not be valid UTF-8.
  ///
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - id: The chapter's id, such as `03-rounding`.
  ///   - path: The file as messages name it.
  ///   - bibliography: What citations are checked against; nil leaves them unchecked.
  public init(bytes: [UInt8], id: String, path: String, bibliography: Bibliography? = nil) {
    source = SourceText(bytes: bytes)
    self.id = id
    self.path = path
    self.bibliography = bibliography
  }

  /// The chapter, and everything its author should know, in line order.
  public func parse() -> (chapter: Chapter, diagnostics: [Diagnostic]) {
    let front = FrontMatterReader(source, path: path)
    var log = DiagnosticLog(path: path)
    for problem in source.problems {
      log.error(problem.id, line: problem.line, problem.summary)
    }
    log.add(front.log.all)
    check(front, &log)

    let lineEnd = max(front.bodyLine, source.lines.count + 1)
    var body = source.lines(in: front.bodyLine..<lineEnd).joined(separator: "\n")
    if !body.isEmpty { body += "\n" }
    var reader = TreeReader(source: source, path: path, bibliography: bibliography)
    let blocks = reader.readBody(MarkdownNode(parsing: body, firstLine: front.bodyLine))
    log.add(reader.log.all)
    log.add(reader.stepReader.diagnostics)

    var frontMatter = front.frontMatter
    if frontMatter.title.isEmpty { frontMatter.title = title(of: blocks) }
    if blocks.isEmpty, !reader.log.all.contains(where: { $0.severity == .error }),
      source.problems.isEmpty
    {
      log.error("empty-chapter", line: 1, "the chapter is empty; write a heading and a first step")
    } else if !front.isPresent {
      log.warning(
        "missing-title", line: 1,
        "the chapter has no front matter; begin with `---`, `title: …`, `---`")
    }
    let chapter = Chapter(
      id: id, path: path, source: source.text, frontMatter: frontMatter, blocks: blocks,
      steps: reader.steps)
    return (chapter, log.inLineOrder)
  }

  /// Looks the front matter's sources up.
  ///
  /// In a folder without a bibliography they are only a note to readers.
  private func check(_ front: FrontMatterReader, _ log: inout DiagnosticLog) {
    guard let bibliography, bibliography.isFromFile else { return }
    let lines = front.itemLines["sources"] ?? []
    for (source, line) in zip(front.frontMatter.sources, lines) where bibliography[source] == nil {
      log.error(
        "unknown-source", line: line,
        "\(source) is not in the bibliography\(bibliography.suggestion(for: source))")
    }
  }

  /// The first heading, else the file's name.
  private func title(of blocks: [Block]) -> String {
    for block in blocks {
      if case .heading(_, _, let inlines) = block.kind {
        let text = Inline.plainText(of: inlines)
        if !text.isEmpty { return text }
      }
    }
    return String(id.split(separator: "/").last ?? Substring(id))
  }
}
