/// Walks a chapter's Markdown tree and makes blocks and steps of it.
///
/// One idea a file: `+Sequence` the blocks in order and the regions they stand in, `+HTML` comments and
/// folded parts, `+Fences` code, `+Tables` pipe tables, `+Inlines` and `+Numbers` the text.
struct TreeReader {
  /// The file.
  let source: SourceText
  /// What citations are checked against, if anything.
  let bibliography: Bibliography?
  /// What is wrong.
  var log: DiagnosticLog
  /// Reads the fences and numbers them.
  var stepReader: StepReader
  /// The steps so far.
  var steps: [Step] = []
  /// The anchors so far.
  var anchors = HeadingAnchors()
  /// The line of each prediction that no step has followed yet.
  var openPredictions: [Int] = []
  /// Link definitions of the file, one a line, for text that is parsed apart (table cells, summaries).
  let definitions: String

  /// A reader of a file's body.
  init(source: SourceText, path: String, bibliography: Bibliography?) {
    self.source = source
    self.bibliography = bibliography
    log = DiagnosticLog(path: path)
    stepReader = StepReader(path: path)
    definitions = Self.definitions(in: source.lines)
  }

  /// The blocks of the whole body.
  mutating func readBody(_ document: MarkdownNode) -> [Block] {
    let blocks = read(document, depth: 0)
    for line in openPredictions {
      log.error(
        "predict-without-step", line: line,
        "no step follows this prediction; put it before the step that shows the value")
    }
    return blocks
  }

  /// Lines that define a link, which cells and summaries may refer to.
  private static func definitions(in lines: [Substring]) -> String {
    lines.filter { line in
      let text = line.drop { $0 == " " }
      guard text.first == "[", line.utf8.count < 1000 else { return false }
      guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")), colon > text.startIndex,
        text.utf8[text.utf8.index(before: colon)] == UInt8(ascii: "]")
      else { return false }
      return text.utf8.index(after: colon) < text.endIndex
    }
    .prefix(1000)
    .joined(separator: "\n")
  }
}
