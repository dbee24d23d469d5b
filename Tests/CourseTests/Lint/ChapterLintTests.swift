import Course
import Testing

/// Evidence: by hand.
@Suite("What can be said of a chapter before it runs")
struct ChapterLintTests {
  private func lint(_ steps: [(String, String)], blocks: [Block.Kind] = []) -> [Diagnostic] {
    var chapter = JudgedChapter()
    for kind in blocks { chapter.block(kind) }
    for (info, code) in steps { chapter.step(code, info: info) }
    return ChapterLint.diagnostics(of: chapter.chapter())
  }

  private let exercise = [
    ("swift exercise=clip", "func clip(_ x: Int) -> Int { x }\n"),
    ("swift check=clip", "clip(3)  // => 1\nclip(-3)  // => -1\n"),
    ("swift solution=clip", "func clip(_ x: Int) -> Int { max(-1, min(1, x)) }\n"),
    ("swift wrong=clip fails-at=2", "func clip(_ x: Int) -> Int { min(1, x) }\n"),
  ]

  @Test("a whole exercise is fine, in any order after its start")
  func exercises() {
    #expect(lint(exercise).isEmpty)
    #expect(lint([exercise[0], exercise[2], exercise[1], exercise[3]]).isEmpty)
  }

  @Test("parts of an exercise need each other")
  func incomplete() {
    #expect(lint([exercise[0]]).map(\.id) == ["incomplete-exercise", "incomplete-exercise"])
    #expect(
      lint(Array(exercise.dropFirst())).map(\.id) == Array(repeating: "unknown-exercise", count: 3))
    #expect(lint([exercise[1], exercise[0], exercise[2]]).map(\.id) == ["exercise-order"])
    #expect(lint(exercise + [exercise[2]]).map(\.id).contains("duplicate-step"))
    #expect(
      lint(exercise + [("swift wrong=clip fails-at=3", "x\n")]).map(\.id) == ["bad-attribute"])
    #expect(
      lint([exercise[0], ("swift check=clip", "clip(3)\n"), exercise[2]]).map(\.id)
        == ["incomplete-exercise"])
    let typo = lint(exercise + [("swift wrong=clp", "x\n")])
    #expect(typo.first?.summary == "no fence says exercise=clp; did you mean clip?")
  }

  @Test("step names are unique")
  func duplicates() {
    let diagnostics = lint([("swift name=a", "x\n"), ("swift", "y\n"), ("swift name=a", "z\n")])
    #expect(diagnostics.map(\.id) == ["duplicate-step"] && diagnostics[0].line == 11)
    #expect(lint([("swift name=step-2", "x\n"), ("swift", "y\n")]).map(\.id) == ["duplicate-step"])
  }

  @Test("a claim has a test, and its test a verdict")
  func claims() {
    let claim = Block.Kind.claim(id: "low", source: "article", [])
    let test = ("swift claim=low", "verdict(holds: a)  // => fails\n")
    #expect(lint([test], blocks: [claim]).isEmpty)
    #expect(lint([], blocks: [claim]).map(\.id) == ["untested-claim"])
    #expect(lint([test]).map(\.id) == ["unknown-claim"])
    #expect(lint([test], blocks: [claim, claim]).map(\.id) == ["duplicate-claim"])
    #expect(
      lint([("swift claim=low", "a  // => 1\n")], blocks: [claim]).map(\.id)
        == ["claim-without-verdict"])
  }

  @Test("prose for a persona holds no step, and personas exist")
  func personas() {
    var chapter = JudgedChapter()
    chapter.step("a\n")
    chapter.block(
      .audience(["applied-engineer"], [Block(.quote([Block(.step(0), line: 1)]), line: 1)]))
    chapter.block(.audience(["engineer"], []))
    let diagnostics = ChapterLint.diagnostics(of: chapter.chapter())
    #expect(diagnostics.map(\.id) == ["code-for-persona", "unknown-persona"])
  }

  @Test(
    "redeclared names",
    arguments: [
      (["let a = 1", "let a = 2"], 1), (["let a = 1", "var a = 2"], 1),
      (["func f(x: Int) {}", "func f(y: Int) {}"], 0),
      (["func f(x: Int) {}", "func  f(x: Int) { }"], 1),
      (["func f() {}", "let f = 1"], 1), (["struct S {}", "let (S, b) = t"], 1),
      (["let a = 1\nlet a = 2"], 1), (["let a = 1", "do { let a = 2 }"], 0),
      (["let a = 1", "extension a {}"], 0),
    ])
  func redeclared(codes: [String], count: Int) {
    let diagnostics = lint(codes.map { ("swift", $0 + "\n") })
    #expect(diagnostics.map(\.id) == Array(repeating: "redeclared-name", count: count))
  }

  @Test("variants redeclare only what their own exercise declares")
  func variants() {
    let clash = lint([("swift", "let clip = 1\n")] + exercise)
    #expect(clash.map(\.id) == Array(repeating: "redeclared-name", count: 3))
    #expect(lint([("swift", "let a = 1\n"), ("swift rejects", "let a = 2\n")]).isEmpty)
    #expect(lint([("swift", "let a = 1\n"), ("swift traps", "let a = 2\n")]).count == 1)
    #expect(lint([("swift traps", "let a = 2\n"), ("swift", "let a = 1\n")]).isEmpty)
  }

  @Test("personas read their own regions, opened")
  func filter() {
    let inner = Block(.rule, line: 3)
    let region = Block(.audience(["cs-student"], [inner, inner]), line: 2)
    let blocks = [Block(.quote([region]), line: 1), region]
    #expect(PersonaFilter.blocks(blocks, for: nil) == blocks)
    #expect(
      PersonaFilter.blocks(blocks, for: "cs-student")
        == [Block(.quote([inner, inner]), line: 1), inner, inner])
    #expect(
      PersonaFilter.blocks(blocks, for: "applied-engineer") == [Block(.quote([]), line: 1)])
  }
}
