extension TeXParser {
  /// `\left( … \right)`, with any number of `\middle|` inside.
  mutating func fenced(at offset: Int) throws(TeXError) -> TeXNode {
    let open = try delimiter(after: "\\left")
    var nodes: [TeXNode] = []
    while true {
      nodes += try row(until: .right)
      switch next?.kind {
      case .command("middle"):
        position += 1
        nodes.append(.symbol(try delimiter(after: "\\middle"), .relation))
      case .command("right"):
        position += 1
        let close = try delimiter(after: "\\right")
        return .fenced(open: open, Self.single(nodes), close: close)
      default:
        throw error("this `\\left` has no `\\right` in the same group", at: offset)
      }
    }
  }

  /// A bracket with a size set by hand, which grows no further.
  mutating func sizedDelimiter(_ name: String) throws(TeXError) -> TeXNode {
    let bracket = try delimiter(after: "\\\(name)")
    guard !bracket.isEmpty else { return .row([]) }
    let role: TeXClass =
      if name.hasSuffix("l") || "([{⌊⌈⟨".contains(bracket) {
        .opening
      } else if name.hasSuffix("r") || ")]}⌋⌉⟩".contains(bracket) {
        .closing
      } else {
        .ordinary
      }
    return .symbol(bracket, role)
  }

  private mutating func delimiter(after command: String) throws(TeXError) -> String {
    guard let token = nextAfterSpace() else {
      throw error("`\(command)` needs a bracket after it, or a point for none")
    }
    let found: String? =
      switch token.kind {
      case .character(let character): TeXSymbols.delimiterCharacters[character]
      case .command(let name): TeXSymbols.delimiters[name]
      }
    guard let found else {
      throw error(
        "`\(command)` needs a bracket after it, or a point for none, not \(written(token))",
        at: token.offset)
    }
    position += 1
    return found
  }

  // MARK: Environments

  private static let environments: [String: TeXTable] = [
    "matrix": .matrix, "bmatrix": .bmatrix, "pmatrix": .pmatrix, "vmatrix": .vmatrix,
    "cases": .cases, "aligned": .aligned, "align": .aligned, "align*": .aligned,
    "split": .aligned, "gathered": .gathered,
  ]

  /// `\begin{NAME} … \end{NAME}`.
  mutating func environment(at offset: Int) throws(TeXError) -> TeXNode {
    let name = try words(of: "begin")
    guard let kind = Self.environments[name] else {
      let known = Self.environments.keys.sorted()
      throw error(
        "unknown environment \(name); known are \(known.joined(separator: ", "))", at: offset)
    }
    let outer = style
    style = .normal
    defer { style = outer }
    var rows: [[TeXNode]] = [[]]
    while true {
      let cell = Self.single(try row(until: .cell))
      rows[rows.count - 1].append(cell)
      switch next?.kind {
      case .character("&"): position += 1
      case .command("\\"):
        position += 1
        try skipRowSpace()
        rows.append([])
      case .command("end"):
        let end = tokens[position].offset
        position += 1
        let closed = try words(of: "end")
        guard closed == name else {
          throw error("`\\end{\(closed)}` does not close `\\begin{\(name)}`", at: end)
        }
        // A row end before the last line opens no row.
        if rows.count > 1, rows.last == [.row([])] { rows.removeLast() }
        return .table(kind, rows: rows)
      default:
        throw error("`\\begin{\(name)}` has no `\\end{\(name)}`", at: offset)
      }
    }
  }

  /// Skips `[2pt]` after `\\`; a bracket with something else begins a cell.
  private mutating func skipRowSpace() throws(TeXError) {
    guard next?.kind == .character("[") else { return }
    var end = position + 1
    while end < tokens.count, case .character(let character) = tokens[end].kind,
      character.isASCII, character.isNumber || character.isLetter || ".- ".contains(character)
    {
      end += 1
    }
    guard end < tokens.count, tokens[end].kind == .character("]"), end > position + 2 else {
      return
    }
    position = end + 1
  }
}
