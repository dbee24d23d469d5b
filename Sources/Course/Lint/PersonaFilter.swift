/// Chooses the prose for one kind of reader; code is the same for all.
public enum PersonaFilter {
  /// Who chapters are written for.
  public static let personas = Persona.allCases.map(\.rawValue)

  /// Blocks as one persona reads them: regions for others are gone, those for this one are opened.
  ///
  /// With nil every region stays, marked as it was.
  public static func blocks(_ blocks: [Block], for persona: String?) -> [Block] {
    guard let persona else { return blocks }
    return blocks.flatMap { block -> [Block] in
      switch block.kind {
      case .audience(let personas, let inside):
        guard personas.contains(persona) else { return [] }
        return Self.blocks(inside, for: persona)
      case .quote(let inside):
        return [Block(.quote(Self.blocks(inside, for: persona)), line: block.line)]
      case .list(let start, let isTight, let items):
        let chosen = items.map { Self.blocks($0, for: persona) }
        return [
          Block(.list(start: start, isTight: isTight, items: chosen), line: block.line)
        ]
      case .details(let summary, let inside):
        return [
          Block(.details(summary: summary, Self.blocks(inside, for: persona)), line: block.line)
        ]
      case .claim(let id, let source, let inside):
        let chosen = Self.blocks(inside, for: persona)
        return [Block(.claim(id: id, source: source, chosen), line: block.line)]
      default: return [block]
      }
    }
  }
}
