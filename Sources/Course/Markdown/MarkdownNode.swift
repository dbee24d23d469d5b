internal import CCMark

/// A CommonMark tree as values, made by cmark, with line numbers of the file.
///
/// cmark's traps stay in this file: inline positions are right only when source positions are asked
/// for; a line break between a link's destination and its title, and link definitions at the start of a
/// paragraph, shift what follows; soft breaks have no position at all.
struct MarkdownNode {
  /// The kinds of node.
  enum Kind: Hashable {
    case document, quote, item, paragraph, rule, softBreak, lineBreak, emphasis, strong
    case list(start: Int?, isTight: Bool)
    case code(info: String, text: String)
    case html(String)
    case heading(level: Int)
    case text(String)
    case codeSpan(String)
    case htmlInline(String)
    case link(destination: String, title: String)
    case image(source: String, title: String)
  }

  /// What it is.
  let kind: Kind
  /// Its first line in the file, counted from 1.
  var line: Int
  /// The byte of that line it starts on, counted from 1.
  let column: Int
  /// Its last line as cmark says; unreliable for HTML blocks and lists.
  var endLine: Int
  /// What it holds.
  var children: [MarkdownNode] = []
  /// Set when it was nested so deeply that what it held is left out.
  var isCut = false

  /// How deep blocks, or inlines in a block, may stand in one another.
  static let depthLimit = 60

  /// The tree of a Markdown text that starts on a line of its file.
  init(parsing markdown: String, firstLine: Int) {
    var copy = markdown
    let root = copy.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { characters in
        cmark_parse_document(characters.baseAddress, characters.count, CMARK_OPT_SOURCEPOS)
      }
    }
    defer { cmark_node_free(root) }
    guard let root else {
      self.init(kind: .document, line: firstLine, column: 1, endLine: firstLine)
      return
    }
    cmark_consolidate_text_nodes(root)
    let lines = markdown.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
      .map { Substring($0) }
    self.init(root, lines: lines, lineOffset: firstLine - 1, depth: 0)
  }

  /// A node that holds nothing yet.
  init(kind: Kind, line: Int, column: Int, endLine: Int) {
    self.kind = kind
    self.line = line
    self.column = column
    self.endLine = endLine
  }

  private init(_ node: OpaquePointer, lines: [Substring], lineOffset: Int, depth: Int) {
    self.init(
      kind: Self.kind(of: node), line: Int(cmark_node_get_start_line(node)) + lineOffset,
      column: Int(cmark_node_get_start_column(node)),
      endLine: Int(cmark_node_get_end_line(node)) + lineOffset)
    guard depth < Self.depthLimit else {
      isCut = cmark_node_first_child(node) != nil
      return
    }
    let holdsInlines =
      switch kind {
      case .paragraph, .heading: true
      default: false
      }
    var next = cmark_node_first_child(node)
    while let child = next {
      let childDepth = holdsInlines ? 0 : depth + 1
      children.append(
        MarkdownNode(child, lines: lines, lineOffset: lineOffset, depth: childDepth))
      next = cmark_node_next(child)
    }
    if kind == .paragraph { mendInlineLines(lines, lineOffset: lineOffset) }
  }

  private static func kind(of node: OpaquePointer) -> Kind {
    switch cmark_node_get_type(node) {
    case CMARK_NODE_DOCUMENT: .document
    case CMARK_NODE_BLOCK_QUOTE: .quote
    case CMARK_NODE_LIST:
      .list(
        start: cmark_node_get_list_type(node) == CMARK_ORDERED_LIST
          ? Int(cmark_node_get_list_start(node)) : nil,
        isTight: cmark_node_get_list_tight(node) != 0)
    case CMARK_NODE_ITEM: .item
    case CMARK_NODE_CODE_BLOCK:
      .code(info: string(cmark_node_get_fence_info(node)), text: literal(node))
    case CMARK_NODE_HTML_BLOCK: .html(literal(node))
    case CMARK_NODE_HEADING: .heading(level: Int(cmark_node_get_heading_level(node)))
    case CMARK_NODE_THEMATIC_BREAK: .rule
    case CMARK_NODE_TEXT: .text(literal(node))
    case CMARK_NODE_SOFTBREAK: .softBreak
    case CMARK_NODE_LINEBREAK: .lineBreak
    case CMARK_NODE_CODE: .codeSpan(literal(node))
    case CMARK_NODE_HTML_INLINE: .htmlInline(literal(node))
    case CMARK_NODE_EMPH: .emphasis
    case CMARK_NODE_STRONG: .strong
    case CMARK_NODE_LINK: .link(destination: url(node), title: string(cmark_node_get_title(node)))
    case CMARK_NODE_IMAGE: .image(source: url(node), title: string(cmark_node_get_title(node)))
    default: .paragraph
    }
  }

  private static func literal(_ node: OpaquePointer) -> String {
    string(cmark_node_get_literal(node))
  }

  private static func url(_ node: OpaquePointer) -> String {
    string(cmark_node_get_url(node))
  }

  private static func string(_ characters: UnsafePointer<CChar>?) -> String {
    characters.map { String(cString: $0) } ?? ""
  }
}

extension MarkdownNode {
  /// Moves inline lines so that the last inline ends where the paragraph does.
  ///
  /// The missing lines were either link definitions that cmark took from the front of the paragraph, or
  /// a line break inside a link before its title.
  private mutating func mendInlineLines(_ lines: [Substring], lineOffset: Int) {
    let index = line - lineOffset - 1
    guard let last = children.last, endLine > last.endLine, lines.indices.contains(index)
    else { return }
    let missing = endLine - last.endLine
    let opening = lines[index].utf8.dropFirst(max(0, column - 1))
    let startsWithDefinition =
      opening.first == UInt8(ascii: "[") && Substring(opening).contains("]:")
    let titled = children.firstIndex { child in
      switch child.kind {
      case .link(_, let title), .image(_, let title): !title.isEmpty
      default: false
      }
    }
    let start = startsWithDefinition ? 0 : titled.map { $0 + 1 } ?? 0
    for index in children.indices.dropFirst(start) { children[index].move(by: missing) }
  }

  private mutating func move(by lines: Int) {
    line += lines
    endLine += lines
    for index in children.indices { children[index].move(by: lines) }
  }
}
