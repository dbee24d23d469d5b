/// Finds the expectations of one step: comments that a lexer found, tied to the statements before
/// them.
struct ExpectationReader {
  private(set) var expectations: [Expectation] = []
  private(set) var diagnostics: [Diagnostic] = []
  private let role: Step.Role
  private let path: String
  private let codeLine: Int
  private let tokens: [SwiftToken]
  private let splitter: StatementSplitter
  private let statements: [Statement]

  init(code: String, role: Step.Role, path: String, codeLine: Int) {
    self.role = role
    self.path = path
    self.codeLine = codeLine
    tokens = SwiftLexer(code).tokens()
    splitter = StatementSplitter(code, tokens: tokens)
    statements = splitter.statements()
  }

  /// Reads the whole step.
  mutating func read() {
    if role != .rejects {
      for offset in AwaitFinder.offsets(of: tokens, in: splitter.bytes) {
        report(
          "await", at: offset,
          "a step cannot wait: chapters run one statement after the other; "
            + "call something that returns its result")
      }
    }
    for token in tokens {
      guard let written = written(in: token) else { continue }
      do throws(ExpectationProblem) {
        expectations.append(try expectation(written, token))
      } catch {
        report(error.id, at: token.range.lowerBound, error.summary)
      }
    }
    checkTraps()
  }

  private mutating func report(_ id: String, at offset: Int, _ summary: String) {
    diagnostics.append(
      Diagnostic(
        id: id, path: path, line: codeLine + splitter.line(of: offset), summary: summary))
  }

  /// What stands after `=>` in a comment; nil where it is none.
  private func written(in token: SwiftToken) -> String? {
    guard token.kind == .lineComment || token.kind == .blockComment else { return nil }
    var text = splitter.text(token)
    if token.kind == .blockComment, text.hasSuffix("*/") { text.removeLast(2) }
    let inside = String(text.drop { $0 == "/" || $0 == "*" }).trimmedOfSpaces
    return inside.hasPrefix("=>") ? String(inside.dropFirst(2)).trimmedOfSpaces : nil
  }

  private func expectation(
    _ written: String, _ token: SwiftToken
  ) throws(ExpectationProblem) -> Expectation {
    let comment = splitter.text(token)
    guard token.kind == .lineComment, !comment.hasPrefix("///") else {
      throw ExpectationProblem("misplaced-expectation", "an expectation begins with // =>")
    }
    let expected: ExpectedValue
    do {
      expected = try ExpectedValue(parsing: written)
    } catch {
      throw ExpectationProblem("bad-expectation", error.description)
    }
    try checkRole(expected)
    let line = splitter.line(of: token.range.lowerBound)
    let statement = try statement(before: token, line: line, expected)
    var expression = text(statement.range)
    var isBinding = false
    if case .compileError = expected {
      let start = max(statement.range.lowerBound, lineStart(token.range.lowerBound))
      expression = text(start..<token.range.lowerBound).trimmedOfSpaces
    } else if case .binding(let name?) = statement.kind, expected.isValue {
      expression = name
      isBinding = true
    }
    return Expectation(
      line: codeLine + line, statementLine: codeLine + statement.lines.lowerBound,
      statement: statement.range, comment: token.range, expression: expression,
      isBinding: isBinding, written: written, expected: expected)
  }

  private func text(_ range: Range<Int>) -> String {
    String(decoding: splitter.bytes[range], as: UTF8.self)
  }

  private func lineStart(_ offset: Int) -> Int {
    splitter.bytes[..<offset].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
  }

  /// Whether this kind of step can have this kind of expectation at all.
  private func checkRole(_ expected: ExpectedValue) throws(ExpectationProblem) {
    switch (role, expected) {
    case (.stub, _), (.wrong, _):
      throw ExpectationProblem(
        "misplaced-expectation",
        "answers are judged by the exercise's check; move the expectation there")
    case (.rejects, .compileError), (.traps, .trap): return
    case (.rejects, _):
      throw ExpectationProblem(
        "misplaced-expectation",
        "code that must not compile has no values; write // => error: and words of the message")
    case (_, .compileError):
      throw ExpectationProblem(
        "misplaced-expectation", "a compile error is expected only in a swift rejects step")
    case (_, .trap):
      throw ExpectationProblem(
        "misplaced-expectation", "a trap is expected only in a swift traps step")
    default: return
    }
  }

  /// The statement a comment belongs to.
  private func statement(
    before token: SwiftToken, line: Int, _ expected: ExpectedValue
  ) throws(ExpectationProblem) -> Statement {
    let start = token.range.lowerBound
    if case .compileError = expected {
      // The compiler's complaint may lie anywhere, within braces too.
      if let statement = statements.last(where: { $0.range.lowerBound < start }),
        statement.range.contains(start) || statement.lines.upperBound == line
      {
        return statement
      }
      throw ExpectationProblem(
        "misplaced-expectation", "no code stands before this on its line; put it behind the code")
    }
    if statements.contains(where: { $0.range.contains(start) }) {
      throw ExpectationProblem(
        "misplaced-expectation",
        "an expectation stands at the top level, after the last line of its statement, not within "
          + "it or within braces; bind the value to a name and check that")
    }
    guard
      let statement = statements.last(where: {
        $0.lines.upperBound == line && $0.range.upperBound <= start
      })
    else {
      throw ExpectationProblem(
        "misplaced-expectation",
        "no statement ends on this line; put the expectation behind the expression it checks")
    }
    if let summary = objection(to: statement, expected) {
      throw ExpectationProblem("misplaced-expectation", summary)
    }
    return statement
  }

  /// Why a statement cannot have an expectation; nil where it can.
  private func objection(to statement: Statement, _ expected: ExpectedValue) -> String? {
    if case .trap = expected {
      switch statement.kind {
      case .importing, .declaration: return "a declaration does not trap; put this behind a call"
      default: return nil
      }
    }
    switch (statement.kind, expected) {
    case (.assignment, .thrown), (.binding, .thrown): return nil
    case (.expression, .verdict), (.binding(name: .some), .verdict):
      return mentionsVerdict(statement)
        ? nil : "holds and fails are said of verdict(…) only; write true or false of a Boolean"
    case (.expression, _), (.binding(name: .some), _): return nil
    case (.binding, _):
      return "this let names no single value; write the name to check on a line of its own"
    case (.variable, _):
      return "a var has no one value; use let, or write its name on a line of its own"
    case (.assignment, _):
      return "an assignment has no value; write the name to check on a line of its own"
    case (.declaration, _), (.importing, _):
      return "a declaration has no value; check a use of it on a line of its own"
    case (.control, _):
      return "this statement has no value; bind one to a name and check that"
    }
  }

  private func mentionsVerdict(_ statement: Statement) -> Bool {
    tokens.contains {
      $0.kind == .identifier && statement.range.contains($0.range.lowerBound)
        && splitter.text($0) == "verdict"
    }
  }

  private mutating func checkTraps() {
    let traps = expectations.filter { if case .trap = $0.expected { true } else { false } }
    for extra in traps.dropFirst() {
      report(
        "misplaced-expectation", at: extra.comment.lowerBound,
        "the first trap ends the program; give this one a swift traps step of its own")
    }
  }
}

/// Why a comment is not an expectation: the diagnostic's kind and sentence.
private struct ExpectationProblem: Error {
  let id: String
  let summary: String

  init(_ id: String, _ summary: String) {
    self.id = id
    self.summary = summary
  }
}

extension ExpectedValue {
  /// Whether it is about a value, not about an error.
  var isValue: Bool {
    switch self {
    case .compileError, .trap, .thrown: false
    default: true
    }
  }
}
