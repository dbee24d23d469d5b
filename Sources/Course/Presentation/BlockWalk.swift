/// Visits what is inside blocks, at any depth, in document order.
package enum BlockWalk {
  /// Every block, each before what is inside it.
  package static func all(_ blocks: [Block]) -> [Block] {
    blocks.flatMap { [$0] + all(children(of: $0)) }
  }

  /// Every inline of every block, each before what is inside it.
  package static func inlines(of blocks: [Block]) -> [Inline] {
    all(blocks).flatMap { own(of: $0) }.flatMap { flattened($0) }
  }

  private static func children(of block: Block) -> [Block] {
    switch block.kind {
    case .quote(let blocks), .details(_, let blocks), .claim(_, _, let blocks),
      .audience(_, let blocks):
      blocks
    case .list(_, _, let items):
      items.flatMap(\.self)
    case .heading, .paragraph, .code, .html, .rule, .math, .table, .step, .output, .predict:
      []
    }
  }

  private static func own(of block: Block) -> [Inline] {
    switch block.kind {
    case .heading(_, _, let inlines), .paragraph(let inlines), .details(let inlines, _):
      inlines
    case .table(_, let header, let rows):
      header.flatMap(\.self) + rows.flatMap { $0.flatMap(\.self) }
    case .quote, .list, .code, .html, .rule, .math, .step, .output, .predict, .claim, .audience:
      []
    }
  }

  private static func flattened(_ inline: Inline) -> [Inline] {
    switch inline {
    case .emphasis(let inside), .strong(let inside), .link(_, _, let inside),
      .image(_, _, let inside):
      [inline] + inside.flatMap { flattened($0) }
    case .text, .softBreak, .lineBreak, .code, .html, .math, .proven, .citation:
      [inline]
    }
  }
}
