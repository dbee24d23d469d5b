/// Finds the links in blocks, each with the line it stands on.
enum LinkWalk {
  /// A link: what a reader sees, where it leads, its line.
  typealias Link = (text: String, target: String, line: Int)

  /// Every link in blocks, in order.
  static func links(in blocks: [Block]) -> [Link] {
    blocks.flatMap(links(in:))
  }

  private static func links(in block: Block) -> [Link] {
    block.prose.flatMap { inlines, line in
      var line = line
      return inlines.flatMap { links(in: $0, line: &line) }
    } + links(in: block.children)
  }

  /// The links in an inline, counting the lines that it goes over.
  private static func links(in inline: Inline, line: inout Int) -> [Link] {
    var found: [Link] = []
    switch inline {
    case .softBreak, .lineBreak: line += 1
    case .link(let destination, _, let inner):
      found.append((Inline.plainText(of: inner), destination, line))
    default: break
    }
    for child in inline.children { found += links(in: child, line: &line) }
    return found
  }
}
