/// Finds decimals in prose that nothing proves.
///
/// A decimal has a point or an exponent. It must be linked to the value it states, stand in a
/// code span, or be listed in the front matter's `numbers:`. Versions (`1.2.3`, Swift 6.3),
/// numbers of sections, figures and the like, arXiv ids, DOIs and names with digits are not
/// decimals. Headings, tables, lists, quotations, summaries and claims count as prose; code,
/// formulas and addresses do not.
public enum BareNumberLint {
  /// Every bare decimal, with its line.
  public static func diagnostics(of chapter: Chapter) -> [Diagnostic] {
    let allowed = Set(chapter.frontMatter.numbers.map(key))
    return chapter.blocks.flatMap { decimals(in: $0, allowed: allowed) }.map { text, line in
      Diagnostic(
        id: "bare-number", path: chapter.path, line: line,
        summary:
          "nothing proves \(text); link it to its value as [\(text)](#name), "
          + "put it in a code span, or list it in numbers:")
    }
  }

  /// A number as `numbers:` compares it: without sign, grouping and percent sign; an exponent by
  /// value.
  static func key(_ text: String) -> String {
    guard let shape = NumberShape(prose: text.trimmedOfSpaces) else { return text.trimmedOfSpaces }
    if shape.exponent != nil { return shape.decimal.magnitude.scientificText(significant: 1) }
    return shape.whole + (shape.fraction.map { "." + $0 } ?? "")
  }

  /// The decimals in a block and inside it that are not `allowed`, each with its line.
  static func decimals(
    in block: Block, allowed: Set<String>
  ) -> [(text: String, line: Int)] {
    var isHeading = false
    if case .heading = block.kind { isHeading = true }
    var decimals: [(text: String, line: Int)] = []
    for (inlines, line) in block.prose {
      var text = ProseText(line: line)
      for inline in inlines { text.add(inline) }
      var scanner = DecimalScanner(characters: text.characters, isHeading: isHeading)
      for found in scanner.decimals() where !allowed.contains(key(found.text)) {
        decimals.append((found.text, text.line(of: found.start)))
      }
    }
    return decimals + block.children.flatMap { Self.decimals(in: $0, allowed: allowed) }
  }
}

/// The visible text of a run of prose; whatever is not plain text is a single bar between its
/// parts.
private struct ProseText {
  private(set) var characters: [Character] = []
  private var lineStarts: [Int] = [0]
  private let firstLine: Int

  init(line: Int) {
    firstLine = line
  }

  mutating func add(_ inline: Inline) {
    switch inline {
    case .text(let text): characters += Array(text)
    case .softBreak, .lineBreak:
      characters.append(" ")
      lineStarts.append(characters.count)
    case .emphasis, .strong, .link, .image:
      for child in inline.children { add(child) }
    case .html: break
    case .code, .math, .proven, .citation: characters.append("\u{FFFC}")
    }
  }

  func line(of position: Int) -> Int {
    firstLine + (lineStarts.lastIndex { $0 <= position } ?? 0)
  }
}
