/// A step's code with the calls that record what it finds.
///
/// Calls are put in on the lines that are there, so a line stays the chapter's line; columns may move.
/// The comment of an expectation is left out: what is expected is no business of the program, and
/// changing it compiles nothing anew.
struct StepLowering {
  /// The code to compile.
  let code: String
  /// Imports taken out of it, for the top of the program, with their lines in the chapter; only where
  /// they cannot stay.
  let imports: [(text: String, line: Int)]

  /// Lowers a step.
  ///
  /// - Parameters:
  ///   - step: The step.
  ///   - isScoped: Whether its code goes between braces, where no import may stand.
  init(_ step: Step, isScoped: Bool) {
    var edits = Edits(step.code)
    var imports: [(text: String, line: Int)] = []
    for statement in StatementSplitter(step.code).statements() {
      switch statement.kind {
      case .importing where isScoped:
        imports.append(
          (edits.text(statement.range), step.codeLine + statement.lines.lowerBound))
        edits.remove(statement.range)
      case .importing, .declaration: break
      case .binding, .variable, .assignment, .expression, .control:
        guard !edits.text(statement.range).hasPrefix("#") else { continue }
        let line = step.codeLine + statement.lines.lowerBound
        edits.insert("StepRecording.reached(\(line));", at: statement.range.lowerBound)
      }
    }
    for (index, expectation) in step.expectations.enumerated() {
      edits.remove(expectation.comment)
      edits.wrap(expectation, index)
    }
    code = edits.result()
    self.imports = imports
  }
}

/// Insertions and removals in a text, by UTF-8 offset.
private struct Edits {
  private let bytes: [UInt8]
  private var insertions: [(offset: Int, text: String)] = []
  private var removals: [Range<Int>] = []

  init(_ code: String) {
    bytes = Array(code.utf8)
  }

  func text(_ range: Range<Int>) -> String {
    String(decoding: bytes[range.clamped(to: bytes.indices)], as: UTF8.self)
  }

  mutating func insert(_ text: String, at offset: Int) {
    insertions.append((offset, text))
  }

  /// Takes a range out, line ends excepted.
  mutating func remove(_ range: Range<Int>) {
    removals.append(range)
  }

  /// Puts the call about an expectation around its statement or behind it.
  mutating func wrap(_ expectation: Expectation, _ index: Int) {
    let statement = expectation.statement
    switch expectation.expected {
    case .compileError, .trap: return
    case .thrown:
      insert("StepRecording.thrown(\(index)) { ", at: statement.lowerBound)
      if isDeclaration(statement) {
        insert(" }", at: statement.upperBound)
      } else {
        insert("_ = (", at: statement.lowerBound)
        insert(") }", at: statement.upperBound)
      }
    default:
      if expectation.isBinding {
        insert(
          ";StepRecording.value(\(index), (\(expectation.expression)))",
          at: statement.upperBound)
      } else {
        insert("StepRecording.value(\(index), (", at: statement.lowerBound)
        insert("))", at: statement.upperBound)
      }
    }
  }

  /// Whether a statement that should throw is a `let` or a `var`; its name lives in the call's braces.
  private func isDeclaration(_ statement: Range<Int>) -> Bool {
    let word = text(statement).prefix { $0.isLetter }
    return word == "let" || word == "var"
  }

  func result() -> String {
    var kept = bytes.map { Optional($0) }
    for range in removals {
      for offset in range.clamped(to: bytes.indices) where bytes[offset] != UInt8(ascii: "\n") {
        kept[offset] = nil
      }
    }
    // Insertions at one place stand in the order they were made.
    let places = Dictionary(grouping: insertions, by: \.offset)
    var result: [UInt8] = []
    for offset in 0...bytes.count {
      for insertion in places[offset] ?? [] { result.append(contentsOf: insertion.text.utf8) }
      if offset < bytes.count, let byte = kept[offset] { result.append(byte) }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
