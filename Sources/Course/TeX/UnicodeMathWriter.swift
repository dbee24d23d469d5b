/// Writes the text of one formula.
struct UnicodeMathWriter {
  /// No spaces around signs: inside scripts.
  let isTight: Bool

  private var tight: UnicodeMathWriter { UnicodeMathWriter(isTight: true) }

  /// A node as text.
  func text(_ node: TeXNode) -> String {
    switch node {
    case .row(let nodes): row(nodes)
    case .identifier(let name, let style), .number(let name, let style):
      MathAlphabet.styled(name, style)
    case .symbol(let sign, let part): symbol(sign, part)
    case .function(let name, _): name
    case .large(let sign, _): Self.large[sign] ?? sign
    case .text(let words): words
    case .space(let width): width < 100 ? "" : String(repeating: " ", count: max(1, width / 500))
    case .fraction(let upper, let lower, .binomial): "C(\(text(upper)), \(text(lower)))"
    case .fraction(let upper, let lower, _): "\(operand(upper))/\(operand(lower))"
    case .root(let radicand, let degree): root(radicand, degree)
    case .scripts(let base, let lower, let upper): scripts(base, lower, upper)
    case .stacked(let base, let below, let above): scripts(base, below, above)
    case .accent(let base, let accent): self.accent(base, accent)
    case .fenced(let open, let content, let close): "\(open)\(text(content))\(close)"
    case .table(let kind, let rows): table(kind, rows)
    }
  }

  private static let large = ["∑": "Σ", "∏": "Π"]

  // MARK: Rows

  private func row(_ nodes: [TeXNode]) -> String {
    var line = ""
    for (index, node) in nodes.enumerated() {
      let previous = index > 0 ? nodes[index - 1] : nil
      let next = index + 1 < nodes.count ? nodes[index + 1] : nil
      var piece = text(node)
      if case .fraction(_, _, let kind) = node, kind != .binomial {
        let before = nodes[..<index].last { !Self.isThinSpace($0) }
        let behind = nodes[(index + 1)...].first { !Self.isThinSpace($0) }
        let isMultiplied = Self.isOperand(before) || Self.isName(before)
        if isMultiplied || Self.isOperand(behind) || Self.isName(behind) { piece = "(\(piece))" }
      }
      append(piece, node, after: previous, before: next, to: &line)
    }
    return line
  }

  private func append(
    _ piece: String, _ node: TeXNode, after previous: TeXNode?, before next: TeXNode?,
    to line: inout String
  ) {
    let isSpread =
      switch Self.core(node) {
      case .symbol(_, .relation): !isTight
      case .symbol("mod", .binary): true
      case .symbol(_, .binary): !isTight && Self.endsOperand(previous)
      default: false
      }
    if isSpread {
      if !line.isEmpty, line.last != " " { line += " " }
      line += piece
      if next != nil { line += " " }
      return
    }
    if Self.isName(node), Self.endsOperand(previous) || Self.isName(previous), line.last != " " {
      line += " "
    }
    line += line.last == " " ? String(piece.drop { $0 == " " }) : piece
    guard let next else { return }
    if Self.isName(node), !Self.opens(next) || Self.isLarge(node) || piece.last == ")" {
      line += " "
    }
    if case .symbol(_, .punctuation) = node, !isTight { line += " " }
  }

  /// What a node is without its scripts.
  private static func core(_ node: TeXNode) -> TeXNode {
    switch node {
    case .scripts(let base, _, _), .stacked(let base, _, _): core(base)
    default: node
    }
  }

  /// A space that does not part a product.
  private static func isThinSpace(_ node: TeXNode) -> Bool {
    if case .space(let width) = node { width < 500 } else { false }
  }

  /// Something that would be read as multiplied with a fraction beside it.
  private static func isOperand(_ node: TeXNode?) -> Bool {
    guard let node else { return false }
    switch core(node) {
    case .symbol(_, let part): return part == .opening
    case .space, .text, .large, .function: return false
    default: return true
    }
  }

  private static func endsOperand(_ node: TeXNode?) -> Bool {
    guard let node else { return false }
    switch core(node) {
    case .symbol(_, let part): return part == .ordinary || part == .closing
    case .space, .large, .function: return false
    default: return true
    }
  }

  private static func isName(_ node: TeXNode?) -> Bool {
    guard let node else { return false }
    switch core(node) {
    case .function, .large: return true
    default: return false
    }
  }

  private static func isLarge(_ node: TeXNode) -> Bool {
    if case .large = core(node) { true } else { false }
  }

  private static func opens(_ node: TeXNode) -> Bool {
    switch core(node) {
    case .symbol(_, let part): part == .opening || part == .closing || part == .punctuation
    case .fenced(let open, _, _): !open.isEmpty
    default: false
    }
  }

  private func symbol(_ sign: String, _ part: TeXClass) -> String {
    switch sign {
    case "⋅": "·"
    case "∼": "~"
    case "⊤" where isTight: "T"
    default: sign
    }
  }

  // MARK: Fractions and roots

  /// A node that a slash or a root may take as it is, else in brackets.
  private func operand(_ node: TeXNode) -> String {
    let written = text(node)
    return Self.isAtom(node) ? written : "(\(written))"
  }

  private static func isAtom(_ node: TeXNode) -> Bool {
    switch node {
    case .identifier, .number, .text, .accent: true
    case .symbol(_, let part): part == .ordinary
    case .fenced(let open, _, let close): !open.isEmpty && !close.isEmpty
    case .scripts(let base, _, _): isAtom(base)
    case .row(let nodes): nodes.count == 1 && nodes.allSatisfy(isAtom)
    case .root(_, let degree): degree == nil
    default: false
    }
  }

  private func root(_ radicand: TeXNode, _ degree: TeXNode?) -> String {
    let sign =
      switch degree.map(tight.text) {
      case nil: "√"
      case "3"?: "∛"
      case "4"?: "∜"
      case let other?: (UnicodeScripts.raised(other) ?? "^(\(other))") + "√"
      }
    return sign + operand(radicand)
  }

  // MARK: Scripts and marks

  private func scripts(_ base: TeXNode, _ lower: TeXNode?, _ upper: TeXNode?) -> String {
    var line = text(base)
    if !Self.takesScripts(base) { line = "(\(line))" }
    if let lower {
      let script = tight.text(lower)
      line += UnicodeScripts.lowered(script) ?? "_" + bracketed(script)
    }
    if let upper {
      let script = tight.text(upper)
      line += UnicodeScripts.raised(script) ?? "^" + bracketed(script)
    }
    return line
  }

  private func bracketed(_ script: String) -> String {
    script.count == 1 ? script : "(\(script))"
  }

  /// Whether a script on this text is read as a script on all of it.
  private static func takesScripts(_ node: TeXNode) -> Bool {
    switch node {
    case .symbol, .large, .function: true
    case .row(let nodes): nodes.isEmpty
    case .scripts, .stacked: false
    case .accent(let base, .underbrace), .accent(let base, .overbrace): isAtom(base)
    case .table(let kind, _): kind != .aligned && kind != .gathered
    default: isAtom(node)
    }
  }

  private func accent(_ base: TeXNode, _ accent: TeXAccent) -> String {
    let written = text(base)
    let mark: String
    switch accent {
    case .hat, .wideHat: mark = "\u{302}"
    case .bar, .overline: mark = "\u{304}"
    case .tilde, .wideTilde: mark = "\u{303}"
    case .dot: mark = "\u{307}"
    case .twoDots: mark = "\u{308}"
    case .arrow: mark = "\u{20D7}"
    case .check: mark = "\u{30C}"
    case .underline: mark = "\u{332}"
    case .overbrace, .underbrace: return written
    }
    guard written.count > 1 else { return written + mark }
    if accent == .overline || accent == .underline || accent == .bar {
      let line = accent == .underline ? "\u{332}" : "\u{305}"
      return written.map { "\($0)\(line)" }.joined()
    }
    return Self.isAtom(base) ? "\(written)\(mark)" : "(\(written))\(mark)"
  }

  // MARK: Tables

  private func table(_ kind: TeXTable, _ rows: [[TeXNode]]) -> String {
    let lines = rows.map { cells in cells.map(text) }
    switch kind {
    case .aligned, .gathered:
      return lines.map { cells in
        cells.reduce(into: "") { line, cell in
          let needsSpace = !line.isEmpty && !cell.isEmpty && line.last != " " && cell.first != " "
          line += (needsSpace ? " " : "") + cell
        }
      }
      .joined(separator: "\n")
    case .cases: return "{ " + lines.map { $0.joined(separator: " ") }.joined(separator: "; ")
    case .bmatrix, .matrix: return "[\(joined(lines))]"
    case .pmatrix: return "(\(joined(lines)))"
    case .vmatrix: return "|\(joined(lines))|"
    }
  }

  private func joined(_ lines: [[String]]) -> String {
    lines.map { $0.joined(separator: " ") }.joined(separator: "; ")
  }
}
