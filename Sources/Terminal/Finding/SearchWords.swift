/// The list of what a search found: each hit with its number, its place, and the words around it.
struct SearchWords {
  let hits: [Search.Hit]
  let itinerary: Itinerary

  /// More hits than anybody reads; the rest are counted.
  private static let limit = 15

  func lines(_ renderer: TerminalRenderer) -> [StyledLine] {
    let width = renderer.measure
    var lines: [StyledLine] = []
    var place = ""
    for (index, hit) in hits.prefix(Self.limit).enumerated() {
      let here = itinerary.name(of: hit.stretch)
      if here != place { lines.append(StyledLine(here.fitted(to: width), .dim)) }
      place = here
      let number = Span("\(index + 1)".padded(to: 4, isRight: true) + "  ", .dim)
      lines.append(StyledLine([number] + excerpt(hit, width: width - 6)))
    }
    let left = hits.count - Self.limit
    if left > 0 { lines.append(StyledLine("and \(left) more, which n goes to in turn", .dim)) }
    return lines
  }

  /// The hit in bold, with as much around it as fits.
  private func excerpt(_ hit: Search.Hit, width: Int) -> [Span] {
    let text = Array(TerminalRenderer.flat(hit.text))
    let range = hit.range.clamped(to: 0..<text.count)
    // A third of the line stands before the hit.
    let start = max(0, min(range.lowerBound - width / 3, text.count - width))
    let before =
      start == 0 || start + 1 > range.lowerBound
      ? String(text[..<range.lowerBound]) : "…" + String(text[(start + 1)..<range.lowerBound])
    let found = String(text[range]).fitted(to: max(1, width - DisplayWidth.of(before)))
    let used = DisplayWidth.of(before) + DisplayWidth.of(found)
    let after = String(text[range.upperBound...]).fitted(to: max(0, width - used))
    let kind = hit.kind.isEmpty ? "" : "\(hit.kind): "
    return kind.isEmpty || used + DisplayWidth.of(after) + kind.count > width
      ? [Span(before), Span(found, .bold), Span(after)]
      : [Span(kind, .dim), Span(before), Span(found, .bold), Span(after)]
  }
}
