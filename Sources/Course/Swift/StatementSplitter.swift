/// Finds the top-level statements of a step.
///
/// A line end ends a statement unless a bracket is open, the line ends in something that wants
/// more (a comma, `=`, a binary operator, `else`, an attribute), or the next line begins with
/// something that only continues (`.member`, a binary operator with spaces, `{`, `else`, `as`, a
/// ternary's `?`). `#if` to its `#endif` is one statement. Whatever the code, nothing is lost:
/// every token that is not space or comment belongs to exactly one statement, except the
/// semicolons between them.
public struct StatementSplitter: Sendable {
  let bytes: [UInt8]
  /// Tokens that are neither space nor comment.
  let significant: [SwiftToken]
  /// For each of those: whether a line ended since the one before.
  private let beginsLine: [Bool]
  private let lineStarts: [Int]

  /// A splitter of the given code.
  public init(_ code: String) {
    self.init(code, tokens: SwiftLexer(code).tokens())
  }

  /// A splitter of code whose tokens are known.
  init(_ code: String, tokens: [SwiftToken]) {
    let bytes = Array(code.utf8)
    var significant: [SwiftToken] = []
    var beginsLine: [Bool] = []
    var lineEnded = true
    for token in tokens {
      guard token.isTrivia else {
        significant.append(token)
        beginsLine.append(lineEnded)
        lineEnded = false
        continue
      }
      if token.kind == .newline || token.kind == .blockComment && bytes[token.range].contains(0x0A)
      {
        lineEnded = true
      }
    }
    self.bytes = bytes
    self.significant = significant
    self.beginsLine = beginsLine
    lineStarts = [0] + bytes.indices.filter { bytes[$0] == 0x0A }.map { $0 + 1 }
  }

  /// The statements in order.
  public func statements() -> [Statement] {
    var statements: [Statement] = []
    var start = 0
    var index = 0
    var depth = 0
    func close(before end: Int) {
      if start < end { statements.append(statement(of: start..<end)) }
      start = end
    }
    while index < significant.count {
      if depth == 0, index > start, beginsLine[index], !continues(start, index) {
        close(before: index)
      }
      let token = significant[index]
      if token.kind == .directive, index == start, text(token) == "#if" {
        index = endOfConditional(from: index)
        close(before: index)
        continue
      }
      if depth == 0, isPunctuation(token, ";") {
        close(before: index)
        index += 1
        start = index
        continue
      }
      depth = max(0, depth + bracketStep(token))
      index += 1
    }
    close(before: significant.count)
    return statements
  }

  /// The line of an offset, counted from 0.
  func line(of offset: Int) -> Int {
    var low = 0
    var high = lineStarts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle }
    }
    return low
  }

  func text(_ token: SwiftToken) -> String {
    String(decoding: bytes[token.range], as: UTF8.self)
  }

  func isPunctuation(_ token: SwiftToken, _ character: Unicode.Scalar) -> Bool {
    token.kind == .punctuation && UInt32(bytes[token.range.lowerBound]) == character.value
  }

  /// 1 for an opening bracket, -1 for a closing one, else 0.
  func bracketStep(_ token: SwiftToken) -> Int {
    guard token.kind == .punctuation else { return 0 }
    switch bytes[token.range.lowerBound] {
    case 0x28, 0x5B, 0x7B: return 1
    case 0x29, 0x5D, 0x7D: return -1
    default: return 0
    }
  }

  private func statement(of indices: Range<Int>) -> Statement {
    let tokens = significant[indices]
    let range =
      tokens[indices.lowerBound].range.lowerBound..<tokens[indices.upperBound - 1].range.upperBound
    let (kind, names) = StatementReading(splitter: self, tokens: Array(tokens)).result()
    return Statement(
      kind: kind, range: range,
      lines: line(of: range.lowerBound)...line(of: range.upperBound - 1), names: names)
  }

  private func endOfConditional(from start: Int) -> Int {
    var open = 0
    for index in start..<significant.count where significant[index].kind == .directive {
      switch text(significant[index]) {
      case "#if": open += 1
      case "#endif": open -= 1
      default: break
      }
      if open == 0 { return index + 1 }
    }
    return significant.count
  }

  // MARK: - Where a line end does not end a statement

  private static let closingKeywords: Set<String> = [
    "self", "Self", "super", "true", "false", "nil", "Any", "break", "continue", "return",
    "fallthrough", "throws", "rethrows", "init", "deinit", "default",
  ]
  private static let continuingKeywords: Set<String> = [
    "else", "catch", "where", "as", "is", "in", "throws", "rethrows",
  ]

  /// Whether the token at `index`, first of its line, goes on with the statement begun at `start`.
  private func continues(_ start: Int, _ index: Int) -> Bool {
    let last = significant[index - 1]
    let next = significant[index]
    if next.kind == .directive, ["#if", "#elseif", "#else", "#endif"].contains(text(next)) {
      return false
    }
    return wantsMore(last, at: index - 1) || onlyContinues(next)
      || next.kind == .keyword && text(next) == "while" && isOpenRepeat(start..<index)
      || StatementReading.isPrefix(significant[start..<index], of: self)
  }

  private func wantsMore(_ token: SwiftToken, at index: Int) -> Bool {
    switch token.kind {
    case .punctuation:
      return [",", ":", "."].contains { isPunctuation(token, $0) }
    case .operator:
      let written = text(token)
      if written == "<" || written == "=" || written == "->" || isSpaced(token) { return true }
      guard written == "?" || written == "!", index > 0 else { return false }
      let before = significant[index - 1]
      return before.kind == .keyword && ["as", "try"].contains(text(before))
    case .keyword: return !Self.closingKeywords.contains(text(token))
    case .identifier: return text(token) == "await"
    default: return false
    }
  }

  private func onlyContinues(_ token: SwiftToken) -> Bool {
    switch token.kind {
    case .punctuation:
      return ["(", "[", ";"].allSatisfy { !isPunctuation(token, $0) }
    case .operator:
      let written = text(token)
      return written == "=" || written == "->" || written == "?" || written.hasPrefix(">")
        || isSpaced(token)
    case .keyword: return Self.continuingKeywords.contains(text(token))
    default: return false
    }
  }

  /// Whether an operator has space, or a line end, on both sides: then it is binary.
  private func isSpaced(_ token: SwiftToken) -> Bool {
    let spaces: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D]
    let before = token.range.lowerBound == 0 || spaces.contains(bytes[token.range.lowerBound - 1])
    let after =
      token.range.upperBound == bytes.count || spaces.contains(bytes[token.range.upperBound])
    return before && after
  }

  private func isOpenRepeat(_ indices: Range<Int>) -> Bool {
    guard text(significant[indices.lowerBound]) == "repeat" else { return false }
    var depth = 0
    for token in significant[indices] {
      depth += bracketStep(token)
      if depth == 0, token.kind == .keyword, text(token) == "while" { return false }
    }
    return true
  }
}
