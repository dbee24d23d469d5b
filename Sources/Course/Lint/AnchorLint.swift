/// Finds links into the chapter that lead nowhere.
///
/// `[about 5](#steps)` looks like a proven number and is none, since only a link whose text is nothing
/// but a number is one. A link that is none leads to a heading, or to a step (`#step-grid`) or a claim
/// (`#claim-ties`) of the page.
enum AnchorLint {
  /// Every link to an anchor that the chapter does not have, with its line.
  static func diagnostics(of chapter: Chapter) -> [Diagnostic] {
    var known = Set(chapter.blocks.flatMap(anchors(in:)))
    for step in chapter.steps {
      known.insert(step.id.hasPrefix("step-") ? step.id : "step-\(step.id)")
    }
    let values = Set(
      chapter.steps.flatMap { $0.expectations.map { ValueIndex.key($0.expression) } })
    return LinkWalk.links(in: chapter.blocks).compactMap { text, destination, line in
      guard destination.hasPrefix("#") else { return nil }
      let target = TreeReader.percentDecoded(String(destination.dropFirst()))
      guard !target.isEmpty, !known.contains(target) else { return nil }
      let advice =
        values.contains(ValueIndex.key(target))
        ? "; that is a value, which only a link proves whose text is nothing but a number"
        : NearestWords.question(target, among: known.sorted())
      return Diagnostic(
        id: "dead-link", path: chapter.path, line: line,
        summary: "[\(text)](#\(target)) leads to no heading of this chapter\(advice)")
    }
  }

  private static func anchors(in block: Block) -> [String] {
    switch block.kind {
    case .heading(_, let anchor, _): [anchor]
    case .claim(let id, _, let blocks): ["claim-\(id)"] + blocks.flatMap(anchors(in:))
    default: block.children.flatMap(anchors(in:))
    }
  }
}
