/// Writes the elements of one formula.
struct MathMLWriter {
  /// Limits stand above and below, not beside.
  let isDisplay: Bool

  /// The writer for what is set smaller: scripts, fractions.
  private var inner: MathMLWriter { MathMLWriter(isDisplay: false) }

  /// A node as exactly one element, in an `mrow` where it has several.
  func row(of node: TeXNode) -> String {
    guard case .row(let nodes) = node else { return element(node, role: Role()) }
    return "<mrow>\(elements(nodes))</mrow>"
  }

  /// What stands around a sign in its row.
  private struct Role {
    var isFirst = true
    var isPrefix = false
    var next: TeXNode?
    var previous: TeXNode?
  }

  private func elements(_ nodes: [TeXNode]) -> String {
    var text = ""
    for (index, node) in nodes.enumerated() {
      let previous = index > 0 ? nodes[index - 1] : nil
      var role = Role(isFirst: index == 0, previous: previous)
      role.isPrefix = previous.map(Self.leavesOperandOpen) ?? true
      role.next = index + 1 < nodes.count ? nodes[index + 1] : nil
      text += element(node, role: role)
    }
    return text
  }

  /// After these, a minus is a sign and not a subtraction.
  private static func leavesOperandOpen(_ node: TeXNode) -> Bool {
    switch node {
    case .symbol(_, let role): role != .ordinary && role != .closing
    case .function, .large: true
    case .scripts(let base, _, _), .stacked(let base, _, _): leavesOperandOpen(base)
    default: false
    }
  }

  private func element(_ node: TeXNode, role: Role) -> String {
    switch node {
    case .row: row(of: node)
    case .identifier(let name, let style): MathAlphabet.element(name, style)
    case .number(let digits, let style):
      "<mn>\(MathML.escaped(MathAlphabet.styled(digits, style)))</mn>"
    case .symbol(let text, let part): sign(text, part, role)
    case .function(let name, _): function("<mi>\(MathML.escaped(name))</mi>", role)
    case .large(let text, _): "<mo>\(text)</mo>"
    case .text(let words): "<mtext>\(MathML.escaped(Self.withFirmSpaces(words)))</mtext>"
    case .space(let width): "<mspace width=\"\(Self.ems(width))\"></mspace>"
    case .fraction(let upper, let lower, let kind): fraction(upper, lower, kind)
    case .root(let radicand, nil): "<msqrt>\(row(of: radicand))</msqrt>"
    case .root(let radicand, let degree?):
      "<mroot>\(row(of: radicand))\(inner.row(of: degree))</mroot>"
    case .scripts(let base, let lower, let upper): scripts(base, lower, upper, role)
    case .stacked(let base, let below, let above):
      limits(row(of: base), below, above)
    case .accent(let base, let accent): self.accent(base, accent)
    case .fenced(let open, let content, let close): fenced(open, content, close)
    case .table(let kind, let rows): table(kind, rows)
    }
  }

  // MARK: Signs

  private func sign(_ text: String, _ part: TeXClass, _ role: Role) -> String {
    let shown = MathML.escaped(text)
    switch part {
    case .ordinary:
      switch text {
      case "|", "‖", "/": return "<mo stretchy=\"false\" lspace=\"0\" rspace=\"0\">\(shown)</mo>"
      case "…", "⋯", "⋮", "⋱", "′", "″", "′′", "′′′": return "<mo>\(shown)</mo>"
      default: return "<mi mathvariant=\"normal\">\(shown)</mi>"
      }
    case .binary where text == "mod":
      return "<mo lspace=\"0.2222em\" rspace=\"0.2222em\">mod</mo>"
    case .binary:
      return "<mo form=\"\(role.isPrefix ? "prefix" : "infix")\">\(shown)</mo>"
    case .relation, .punctuation: return "<mo>\(shown)</mo>"
    case .opening: return "<mo form=\"prefix\" stretchy=\"false\">\(shown)</mo>"
    case .closing: return "<mo form=\"postfix\" stretchy=\"false\">\(shown)</mo>"
    }
  }

  /// A function's name, with the thin spaces that TeX puts around one.
  private func function(_ element: String, _ role: Role) -> String {
    let thin = "<mspace width=\"0.1667em\"></mspace>"
    let before = !role.isFirst && !role.isPrefix ? thin : ""
    guard let next = role.next else { return before + element }
    let after = Self.beginsWithBracket(next) ? "" : thin
    return "\(before)\(element)<mo>\u{2061}</mo>\(after)"
  }

  private static func beginsWithBracket(_ node: TeXNode) -> Bool {
    switch node {
    case .symbol(_, let part): part != .ordinary
    case .fenced, .space: true
    case .scripts(let base, _, _): beginsWithBracket(base)
    default: false
    }
  }

  private static func withFirmSpaces(_ text: String) -> String {
    var text = text
    if text.hasPrefix(" ") { text = "\u{A0}" + text.dropFirst() }
    if text.hasSuffix(" ") { text = text.dropLast() + "\u{A0}" }
    return text
  }

  private static func ems(_ thousandths: Int) -> String {
    let digits = String(abs(thousandths) % 1000)
    let fraction = String(repeating: "0", count: 3 - digits.count) + digits
    return "\(thousandths < 0 ? "-" : "")\(abs(thousandths) / 1000).\(fraction)em"
  }

  // MARK: Above and below

  private func fraction(_ upper: TeXNode, _ lower: TeXNode, _ kind: TeXFraction) -> String {
    let parts = "\(inner.row(of: upper))\(inner.row(of: lower))"
    switch kind {
    case .plain: return "<mfrac>\(parts)</mfrac>"
    case .text: return "<mstyle displaystyle=\"false\"><mfrac>\(parts)</mfrac></mstyle>"
    case .display: return "<mstyle displaystyle=\"true\"><mfrac>\(parts)</mfrac></mstyle>"
    case .binomial:
      return "<mrow><mo form=\"prefix\">(</mo><mfrac linethickness=\"0\">\(parts)</mfrac>"
        + "<mo form=\"postfix\">)</mo></mrow>"
    }
  }

  private func scripts(
    _ base: TeXNode, _ lower: TeXNode?, _ upper: TeXNode?, _ role: Role
  ) -> String {
    switch base {
    case .large(let text, let hasLimits):
      // Said outright, so that a browser's own rule for inline sums does not decide again.
      let sign = "<mo movablelimits=\"false\">\(text)</mo>"
      return hasLimits && isDisplay ? limits(sign, lower, upper) : beside(sign, lower, upper)
    case .function(let name, let hasLimits):
      let element = "<mi>\(MathML.escaped(name))</mi>"
      return function(
        hasLimits && isDisplay ? limits(element, lower, upper) : beside(element, lower, upper),
        role)
    default:
      return beside(row(of: base), lower, upper)
    }
  }

  private func beside(_ base: String, _ lower: TeXNode?, _ upper: TeXNode?) -> String {
    switch (lower, upper) {
    case (let lower?, let upper?):
      "<msubsup>\(base)\(inner.row(of: lower))\(inner.row(of: upper))</msubsup>"
    case (let lower?, nil): "<msub>\(base)\(inner.row(of: lower))</msub>"
    case (nil, let upper?): "<msup>\(base)\(inner.row(of: upper))</msup>"
    case (nil, nil): base
    }
  }

  private func limits(_ base: String, _ lower: TeXNode?, _ upper: TeXNode?) -> String {
    switch (lower, upper) {
    case (let lower?, let upper?):
      "<munderover>\(base)\(inner.row(of: lower))\(inner.row(of: upper))</munderover>"
    case (let lower?, nil): "<munder>\(base)\(inner.row(of: lower))</munder>"
    case (nil, let upper?): "<mover>\(base)\(inner.row(of: upper))</mover>"
    case (nil, nil): base
    }
  }

  private func accent(_ base: TeXNode, _ accent: TeXAccent) -> String {
    let content = row(of: base)
    let fixed = { (mark: String) in "<mo stretchy=\"false\">\(mark)</mo>" }
    let wide = { (mark: String) in "<mo stretchy=\"true\">\(mark)</mo>" }
    let mark =
      switch accent {
      case .hat: fixed("^")
      case .wideHat: wide("^")
      case .bar: fixed("¯")
      case .overline: wide("‾")
      case .tilde: fixed("~")
      case .wideTilde: wide("~")
      case .dot: fixed("˙")
      case .twoDots: fixed("¨")
      case .arrow: fixed("→")
      case .check: fixed("ˇ")
      case .underline: wide("_")
      case .overbrace: wide("⏞")
      case .underbrace: wide("⏟")
      }
    switch accent {
    case .underline, .underbrace: return "<munder>\(content)\(mark)</munder>"
    default: return "<mover accent=\"true\">\(content)\(mark)</mover>"
    }
  }

  // MARK: Brackets and tables

  private func fenced(_ open: String, _ content: TeXNode, _ close: String) -> String {
    let inside =
      if case .row(let nodes) = content { elements(nodes) } else { row(of: content) }
    return "<mrow>\(bracket(open, "prefix"))\(inside)\(bracket(close, "postfix"))</mrow>"
  }

  private func bracket(_ text: String, _ form: String) -> String {
    guard !text.isEmpty else { return "" }
    return "<mo form=\"\(form)\" stretchy=\"true\" fence=\"true\">\(MathML.escaped(text))</mo>"
  }

  private func table(_ kind: TeXTable, _ rows: [[TeXNode]]) -> String {
    let writer = kind == .aligned || kind == .gathered ? self : inner
    let isWide = kind == .aligned || kind == .gathered
    let body = rows.map { cells in
      let columns = cells.enumerated().map { column, cell in
        let style = Self.alignment(kind, column).map { " style=\"text-align: \($0)\"" } ?? ""
        return "<mtd\(style)>\(writer.row(of: cell))</mtd>"
      }
      return "<mtr>\(columns.joined())</mtr>"
    }
    let table =
      "<mtable\(isWide && isDisplay ? " displaystyle=\"true\"" : "")>\(body.joined())</mtable>"
    let (open, close) = Self.brackets(kind)
    guard !open.isEmpty else { return table }
    return "<mrow>\(bracket(open, "prefix"))\(table)\(bracket(close, "postfix"))</mrow>"
  }

  private static func alignment(_ kind: TeXTable, _ column: Int) -> String? {
    switch kind {
    case .cases: "left"
    case .aligned: column.isMultiple(of: 2) ? "right" : "left"
    default: nil
    }
  }

  private static func brackets(_ kind: TeXTable) -> (String, String) {
    switch kind {
    case .bmatrix: ("[", "]")
    case .pmatrix: ("(", ")")
    case .vmatrix: ("|", "|")
    case .cases: ("{", "")
    case .matrix, .aligned, .gathered: ("", "")
    }
  }
}
