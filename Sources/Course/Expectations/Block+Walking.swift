extension Block {
  /// The blocks directly inside this one.
  var children: [Block] {
    switch kind {
    case .quote(let blocks), .details(_, let blocks), .claim(_, _, let blocks),
      .audience(_, let blocks):
      blocks
    case .list(_, _, let items): items.flatMap { $0 }
    default: []
    }
  }

  /// The runs of prose that stand directly in this block, each with the line it starts on.
  var prose: [(inlines: [Inline], line: Int)] {
    switch kind {
    case .heading(_, _, let inlines), .paragraph(let inlines), .details(let inlines, _):
      return [(inlines, line)]
    case .table(_, let header, let rows):
      var prose = header.map { ($0, line) }
      for (index, row) in rows.enumerated() {
        prose += row.map { ($0, line + 2 + index) }
      }
      return prose
    default: return []
    }
  }

  /// Every linked number in this block and inside it, in order.
  var provenNumbers: [ProvenNumber] {
    prose.flatMap { $0.inlines.flatMap(\.provenNumbers) } + children.flatMap(\.provenNumbers)
  }

  /// Every prediction in this block and inside it, with its line.
  var predictions: [(name: String, line: Int)] {
    if case .predict(let name) = kind { return [(name, line)] }
    return children.flatMap(\.predictions)
  }
}

extension Inline {
  /// The inline content directly inside this one.
  var children: [Inline] {
    switch self {
    case .emphasis(let inlines), .strong(let inlines), .link(_, _, let inlines),
      .image(_, _, let inlines):
      inlines
    default: []
    }
  }

  /// Every linked number in this inline and inside it, in order.
  var provenNumbers: [ProvenNumber] {
    if case .proven(let number) = self { return [number] }
    return children.flatMap(\.provenNumbers)
  }
}
