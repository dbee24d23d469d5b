/// Code that would take from a chapter's program what the program itself needs.
///
/// Either of the two compiles, or fails at a line that is not to blame, so it is looked for before.
enum ReservedCode {
  /// The type whose calls say where a step is and what it found.
  private static let recorder = "StepRecording"

  /// The first such place in a step, or nil.
  static func problem(in step: Step) -> BlockBalance.Problem? {
    for name in StatementSplitter(step.code).statements().flatMap(\.names)
    where name.name == recorder {
      return BlockBalance.Problem(
        line: step.codeLine + name.line,
        summary: "'\(recorder)' is how a chapter's program reports; choose another name")
    }
    let bytes = Array(step.code.utf8)
    var line = step.codeLine
    for token in SwiftLexer(step.code).tokens() {
      let text = bytes[token.range]
      if text.elementsEqual("#sourceLocation".utf8) {
        return BlockBalance.Problem(
          line: line,
          summary: "#sourceLocation would hide the chapter's own lines; leave it out")
      }
      line += text.count { $0 == UInt8(ascii: "\n") }
    }
    return nil
  }
}
