/// Reads the course's subset of TeX's mathematics.
///
/// The subset is what the chapters need; an unknown command is an error with the nearest known one, so
/// that a formula never reaches a page half drawn. As in TeX, an argument without braces is one sign:
/// `x^23` is x² followed by 3.
public struct TeXParser: Sendable {
  /// Where a run of nodes ends.
  enum Stop {
    case end, brace, bracket, right, cell
  }

  let bytes: [UInt8]
  let tokens: [TeXLexer.Token]
  var position = 0
  var depth = 0
  var style = TeXStyle.normal

  /// How deep groups may stand in one another.
  static let depthLimit = 50

  /// A parser of a formula, without its dollars or fence.
  ///
  /// - Parameter text: The TeX.
  public init(_ text: String) {
    bytes = Array(text.utf8)
    tokens = TeXLexer.tokens(text)
  }

  /// The formula as a tree.
  ///
  /// - Returns: The nodes, a row unless there is exactly one.
  /// - Throws: ``TeXError`` where the text leaves the subset or its braces do not match.
  public func parse() throws(TeXError) -> TeXNode {
    var parser = self
    let row = try parser.row(until: .end)
    if let token = parser.next {
      throw parser.error(parser.unexpected(token), at: token.offset)
    }
    return Self.single(row)
  }

  // MARK: Rows

  /// Nodes up to a stop, which is left for the caller.
  mutating func row(until stop: Stop) throws(TeXError) -> [TeXNode] {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.depthLimit else {
      throw error("more than \(Self.depthLimit) groups stand in one another")
    }
    var nodes: [TeXNode] = []
    while let token = next, !isStop(token, stop) {
      if case .character(let character) = token.kind, character.isWhitespace {
        position += 1
        continue
      }
      let node = try atom()
      nodes.append(try withScripts(node))
    }
    return nodes
  }

  /// Whether a token ends a run of nodes, rightly or not: one that is out of place is named by the caller.
  private func isStop(_ token: TeXLexer.Token, _ stop: Stop) -> Bool {
    switch token.kind {
    case .character("}"), .character("&"): true
    case .character("]"): stop == .bracket
    case .command("right"), .command("end"), .command("\\"), .command("middle"): true
    default: false
    }
  }

  /// One node from a row: itself when it is alone.
  static func single(_ nodes: [TeXNode]) -> TeXNode {
    nodes.count == 1 ? nodes[0] : .row(nodes)
  }

  // MARK: Scripts

  private mutating func withScripts(_ base: TeXNode) throws(TeXError) -> TeXNode {
    var base = base
    var lower: TeXNode?
    var upper: TeXNode?
    var primes = 0
    while let token = nextAfterSpace() {
      switch token.kind {
      case .command("limits"), .command("nolimits"):
        base = Self.withLimits(base, token.kind == .command("limits"))
        position += 1
      case .character("_"):
        guard lower == nil else {
          throw error("a second subscript; put both in braces: `x_{i,j}`", at: token.offset)
        }
        position += 1
        lower = try argument(of: "_")
      case .character("^"):
        guard upper == nil else {
          throw error("a second superscript; put both in braces: `x^{a+b}`", at: token.offset)
        }
        position += 1
        upper = try argument(of: "^")
      case .character("'"), .character("’"):
        guard upper == nil else {
          throw error("a prime stands before a superscript: `x'^2`", at: token.offset)
        }
        position += 1
        primes += 1
      default:
        return Self.scripts(base, lower, upper, primes: primes)
      }
    }
    return Self.scripts(base, lower, upper, primes: primes)
  }

  private static func withLimits(_ base: TeXNode, _ hasLimits: Bool) -> TeXNode {
    switch base {
    case .large(let text, _): .large(text, hasLimits: hasLimits)
    case .function(let text, _): .function(text, hasLimits: hasLimits)
    default: base
    }
  }

  private static func scripts(
    _ base: TeXNode, _ lower: TeXNode?, _ upper: TeXNode?, primes: Int
  ) -> TeXNode {
    var raised = upper
    if primes > 0 {
      let mark = TeXNode.symbol(String(repeating: "′", count: primes), .ordinary)
      raised = upper.map { .row([mark, $0]) } ?? mark
    }
    guard lower != nil || raised != nil else { return base }
    if case .accent(_, .underbrace) = base {
      return .stacked(base, below: lower, above: raised)
    }
    if case .accent(_, .overbrace) = base {
      return .stacked(base, below: lower, above: raised)
    }
    return .scripts(base, lower: lower, upper: raised)
  }

  // MARK: Arguments

  /// A group in braces, or one sign.
  mutating func argument(of command: String) throws(TeXError) -> TeXNode {
    guard let token = nextAfterSpace() else {
      throw error("`\(command)` needs something after it, such as `\(command){x}`")
    }
    switch token.kind {
    case .character("{"):
      return try group()
    case .character(let digit) where digit.isASCII && digit.isNumber:
      position += 1
      return .number(String(digit), style)
    case .character("}"), .character("&"), .character("^"), .character("_"),
      .command("right"), .command("end"), .command("\\"):
      throw error(
        "`\(command)` needs something after it, such as `\(command){x}`", at: token.offset)
    default:
      depth += 1
      defer { depth -= 1 }
      guard depth <= Self.depthLimit else {
        throw error("more than \(Self.depthLimit) groups stand in one another", at: token.offset)
      }
      return try atom()
    }
  }

  /// `{…}`: what stands inside.
  mutating func group() throws(TeXError) -> TeXNode {
    let opening = tokens[position].offset
    position += 1
    let inner = try row(until: .brace)
    guard let token = next else { throw error("this `{` is not closed", at: opening) }
    guard token.kind == .character("}") else {
      throw error("this `{` is not closed before \(written(token))", at: opening)
    }
    position += 1
    return Self.single(inner)
  }

  /// `[…]` where one follows: what stands inside.
  mutating func optionalArgument() throws(TeXError) -> TeXNode? {
    guard let token = nextAfterSpace(), token.kind == .character("[") else { return nil }
    position += 1
    let inner = try row(until: .bracket)
    guard next?.kind == .character("]") else {
      throw error("this `[` is not closed", at: token.offset)
    }
    position += 1
    return Self.single(inner)
  }

  /// The characters of `{…}`, spaces kept, as `\text` takes them.
  mutating func words(of command: String) throws(TeXError) -> String {
    guard let token = nextAfterSpace(), token.kind == .character("{") else {
      throw error("`\\\(command)` takes words in braces: `\\\(command){if}`")
    }
    position += 1
    var text = ""
    while let inner = next {
      position += 1
      switch inner.kind {
      case .character("}"): return text
      case .character("{"), .character("$"):
        throw error("`\\\(command)` holds words only", at: inner.offset)
      case .character(let character): text.append(character.isWhitespace ? " " : character)
      case .command(let name):
        guard name.first?.isLetter != true, name != "\\" else {
          throw error("`\\\(command)` holds words only, not `\\\(name)`", at: inner.offset)
        }
        text += name
      }
    }
    throw error("this `{` is not closed", at: token.offset)
  }

  // MARK: Tokens and errors

  /// The next token, white space included.
  var next: TeXLexer.Token? {
    position < tokens.count ? tokens[position] : nil
  }

  /// Skips white space and gives the token behind it.
  mutating func nextAfterSpace() -> TeXLexer.Token? {
    while let token = next, case .character(let character) = token.kind, character.isWhitespace {
      position += 1
    }
    return next
  }

  /// An error where the parser stands, or at an offset.
  func error(_ summary: String, at offset: Int? = nil) -> TeXError {
    TeXError(summary, at: offset ?? next?.offset ?? bytes.count, in: bytes)
  }

  /// A token as it was written, in quotes.
  func written(_ token: TeXLexer.Token) -> String {
    switch token.kind {
    case .command(let name): "`\\\(name)`"
    case .character(let character): "`\(character)`"
    }
  }

  /// What to say of a token that closes something never opened.
  private func unexpected(_ token: TeXLexer.Token) -> String {
    switch token.kind {
    case .character("}"): "this `}` closes nothing"
    case .character("&"), .command("\\"):
      "\(written(token)) belongs inside an environment: `\\begin{aligned} … \\end{aligned}`"
    default: "\(written(token)) has no \\left or \\begin before it"
    }
  }
}
