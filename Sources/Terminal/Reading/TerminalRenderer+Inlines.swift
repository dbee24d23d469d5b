import Course

extension TerminalRenderer {
  /// A run of inlines as spans, everything in `style` and its own.
  func spans(_ inlines: [Inline], _ style: TextStyle = .plain) -> [Span] {
    inlines.flatMap { spans(of: $0, style) }
  }

  private func spans(of inline: Inline, _ style: TextStyle) -> [Span] {
    switch inline {
    case .text(let text): [Span(text, style)]
    case .softBreak: [Span(" ", style)]
    case .lineBreak: [Span("\n", style)]
    case .code(let code): [Span(code, style.adding(.literal))]
    case .emphasis(let inside): spans(inside, style.adding(.italic))
    case .strong(let inside): spans(inside, style.adding(.bold))
    case .link(let destination, _, let inside): link(destination, inside, style)
    case .image(_, _, let inside):
      [Span("[picture: \(Inline.plainText(of: inside))]", style.adding(.dim))]
    case .html(let raw): MarkupText.isBreak(raw) ? [Span("\n", style)] : []
    case .math(let tex): [Span(UnicodeMath.render(tex: tex), style)]
    case .proven(let number): [Span(number.text, style, note: number.target)]
    case .citation(let id): [Span("[\(id)]", style.adding(.dim))]
    }
  }

  /// A link's text, and where it leads when that is outside the course.
  private func link(_ destination: String, _ inside: [Inline], _ style: TextStyle) -> [Span] {
    let text = spans(inside, style)
    let isExternal = ["http://", "https://", "mailto:"].contains {
      destination.lowercased().hasPrefix($0)
    }
    guard isExternal, Inline.plainText(of: inside) != destination else { return text }
    return text + [Span(" (\(destination))", style.adding(.dim))]
  }
}
