/// A Swift fence: code, what it is for, and what it must show.
public struct Step: Hashable, Sendable {
  /// What a fence is for.
  public enum Role: Hashable, Sendable {
    /// Part of the chapter's program.
    case plain
    /// A claim's test: part of the program, and ends in a verdict.
    case claim(String)
    /// The start a learner gets; must compile and fail its checks.
    case stub(exercise: String)
    /// What an answer must satisfy.
    case check(exercise: String)
    /// The answer the program goes on with.
    case solution(exercise: String)
    /// A known mistake; must fail first at check `failsAt`, counted from 1 (nil: anywhere).
    case wrong(exercise: String, failsAt: Int?)
    /// Must not compile.
    case rejects
    /// Must trap.
    case traps
  }

  /// The name, else `step-N`; `clip.stub`, `clip.check`, `clip.solution`, `clip.wrong-1`.
  public let id: String
  /// What the fence is for.
  public let role: Role
  /// Shown closed on a page.
  public let isFolded: Bool
  /// Run only when slow steps are asked for.
  public let isSlow: Bool
  /// The line of the opening fence.
  public let line: Int
  /// The line of the first line of code.
  public let codeLine: Int
  /// The code as written, expectations included, ended by a newline.
  public let code: String
  /// What it must show, in order.
  public let expectations: [Expectation]
  /// The `text output` fence after it: its text and its line.
  public let expectedOutput: ExpectedOutput?
  /// What a reader of a wrong answer is told: the prose after it, as Markdown; else nil.
  public let message: String?

  /// Whether its author named it; where nobody did, the id counts the steps and is another step's after a
  /// step was put before it.
  public var isNamed: Bool {
    !(id.hasPrefix("step-") && Int(id.dropFirst("step-".count)) != nil)
  }

  /// A step from its parts.
  public init(
    id: String, role: Role, isFolded: Bool = false, isSlow: Bool = false, line: Int,
    codeLine: Int, code: String, expectations: [Expectation] = [],
    expectedOutput: ExpectedOutput? = nil, message: String? = nil
  ) {
    self.id = id
    self.role = role
    self.isFolded = isFolded
    self.isSlow = isSlow
    self.line = line
    self.codeLine = codeLine
    self.code = code
    self.expectations = expectations
    self.expectedOutput = expectedOutput
    self.message = message
  }
}

/// The whole standard output a step must print; a line `…` stands for any lines.
public struct ExpectedOutput: Hashable, Sendable {
  /// The expected text.
  public let text: String
  /// The line of the fence.
  public let line: Int

  /// Expected output written at a line.
  public init(text: String, line: Int) {
    self.text = text
    self.line = line
  }
}

/// A trailing `// => …` comment: an expression and what its value must be.
public struct Expectation: Hashable, Sendable {
  /// The Markdown line of the comment.
  public let line: Int
  /// The first Markdown line of the statement it belongs to.
  public let statementLine: Int
  /// Where the statement starts and ends in `Step.code`, as UTF-8 offsets, comment excluded.
  public let statement: Range<Int>
  /// Where the comment stands in `Step.code`, `//` included, line end excluded.
  public let comment: Range<Int>
  /// What is checked, as written: `grid.scale`, or the name in `let name = …`.
  public let expression: String
  /// True when the statement is `let name = …` and the name is checked.
  public let isBinding: Bool
  /// As written after `=>`.
  public let written: String
  /// What the value must be.
  public let expected: ExpectedValue

  /// An expectation from its parts.
  public init(
    line: Int, statementLine: Int, statement: Range<Int>, comment: Range<Int>,
    expression: String, isBinding: Bool, written: String, expected: ExpectedValue
  ) {
    self.line = line
    self.statementLine = statementLine
    self.statement = statement
    self.comment = comment
    self.expression = expression
    self.isBinding = isBinding
    self.written = written
    self.expected = expected
  }
}
