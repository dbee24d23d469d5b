import Course
import Testing

/// Evidence: by hand.
@Suite("Reading steps")
struct StepReaderTests {
  private func read(_ info: String, _ code: String) -> (step: Step, diagnostics: [Diagnostic]) {
    var reader = StepReader(path: "Chapters/01.md")
    let step = reader.read(info: info, code: code, fenceLine: 10, codeLine: 11)
    return (step, reader.diagnostics)
  }

  @Test("the sample step reads as written")
  func sample() {
    let code = """
      let grid = AffineGrid(covering: -2.4...3.6, as: .uint8)
      grid.scale                    // => 0.0235294
      let even = grid.encode(
        1.0, rounding: .halfToEven)  //=> 144
      print("http://x // => 3")

      """
    let (step, diagnostics) = read("swift name=grid folded slow", code)
    #expect(diagnostics.isEmpty)
    #expect(step.id == "grid" && step.role == .plain && step.isFolded && step.isSlow)
    #expect(step.line == 10 && step.codeLine == 11 && step.code == code)
    #expect(step.expectations.map(\.expression) == ["grid.scale", "even"])
    #expect(step.expectations.map(\.line) == [12, 14])
    #expect(step.expectations.map(\.statementLine) == [12, 13])
    #expect(step.expectations.map(\.isBinding) == [false, true])
    #expect(step.expectations.map(\.written) == ["0.0235294", "144"])
    let bytes = Array(code.utf8)
    let first = step.expectations[0]
    #expect(String(decoding: bytes[first.statement], as: UTF8.self) == "grid.scale")
    #expect(String(decoding: bytes[first.comment], as: UTF8.self) == "// => 0.0235294")
    let second = step.expectations[1]
    #expect(
      String(decoding: bytes[second.statement], as: UTF8.self)
        == "let even = grid.encode(\n  1.0, rounding: .halfToEven)")
  }

  @Test("ids count what is not part of an exercise")
  func ids() {
    var reader = StepReader(path: "c.md")
    let infos = [
      "swift", "swift name=two", "swift exercise=clip", "swift check=clip", "swift solution=clip",
      "swift wrong=clip fails-at=2", "swift wrong=clip", "swift rejects", "swift traps",
      "swift claim=low", "swift wrong=other",
    ]
    let steps = infos.map { reader.read(info: $0, code: "x\n", fenceLine: 1, codeLine: 2) }
    #expect(
      steps.map(\.id) == [
        "step-1", "two", "clip.stub", "clip.check", "clip.solution", "clip.wrong-1",
        "clip.wrong-2", "step-3", "step-4", "step-5", "other.wrong-1",
      ])
    #expect(steps[5].role == .wrong(exercise: "clip", failsAt: 2))
    #expect(steps[6].role == .wrong(exercise: "clip", failsAt: nil))
    #expect(steps[9].role == .claim("low"))
    #expect(reader.diagnostics.isEmpty)
  }

  @Test(
    "attributes that mean nothing are errors",
    arguments: [
      ("swift nmae=x", "unknown-attribute", "did you mean name?"),
      ("swift hidden", "unknown-attribute", "there are folded"),
      ("swift folded=yes", "bad-attribute", "takes no value"),
      ("swift name=", "bad-attribute", "needs a value"),
      ("swift name", "bad-attribute", "needs a value"),
      ("swift name=a.b", "bad-attribute", "not a name"),
      ("swift rejects traps", "conflicting-attributes", "rejects and traps"),
      ("swift name=a name=b", "conflicting-attributes", "twice"),
      ("swift check=a name=b", "conflicting-attributes", "leave out name="),
      ("swift solution=a slow", "conflicting-attributes", "every run"),
      ("swift fails-at=1", "conflicting-attributes", "wrong= only"),
      ("swift wrong=a fails-at=0", "bad-attribute", "count from 1"),
      ("swift wrong=a fails-at=x", "bad-attribute", "count from 1"),
    ])
  func attributes(info: String, id: String, words: String) {
    let diagnostics = read(info, "x\n").diagnostics
    #expect(diagnostics.map(\.id) == [id])
    #expect(diagnostics.first?.line == 10 && diagnostics.first?.path == "Chapters/01.md")
    #expect(diagnostics.first?.summary.contains(words) == true, "\(diagnostics)")
  }

  @Test(
    "an expectation where it checks nothing is an error, at its line",
    arguments: [
      ("swift", "a\nvar x = 3  // => 3", 12, "var"),
      ("swift", "x = 3  // => 3", 11, "assignment"),
      ("swift", "func f() {}  // => 3", 11, "declaration"),
      ("swift", "import A  // => 3", 11, "declaration"),
      ("swift", "if x {\n  y  // => 3\n}", 12, "braces"),
      ("swift", "f(1,  // => 3\n  2)", 11, "last line"),
      ("swift", "a\n  .b  // => 3\n  .c", 12, "last line"),
      ("swift", "for x in y { }  // => 3", 11, "no value"),
      ("swift", "let (a, b) = t  // => 3", 11, "no single value"),
      ("swift", "\n// => 3\nx", 12, "no statement ends"),
      ("swift", "x  /* => 3 */", 11, "// =>"),
      ("swift", "x  /// => 3", 11, "// =>"),
      ("swift", "x  // => three", 11, ".three"),
      ("swift", "x  // =>", 11, "nothing stands"),
      ("swift", "x  // => error: y", 11, "swift rejects"),
      ("swift", "x  // => traps: y", 11, "swift traps"),
      ("swift", "x  // => holds", 11, "verdict"),
      ("swift rejects", "x  // => 3", 11, "error:"),
      ("swift rejects", "\n// => error: y\nx", 12, "behind the code"),
      ("swift traps", "a  // => traps:\nb  // => traps:", 12, "first trap"),
      ("swift exercise=a", "x  // => 3", 11, "check"),
      ("swift wrong=a", "x  // => 3", 11, "check"),
    ])
  func misplaced(info: String, code: String, line: Int, words: String) {
    let diagnostics = read(info, code).diagnostics
    #expect(diagnostics.count == 1, "\(diagnostics)")
    #expect(diagnostics.first?.line == line)
    #expect(diagnostics.first?.summary.contains(words) == true, "\(diagnostics)")
  }

  @Test(
    "expectations that stand where they may",
    arguments: [
      ("swift", "a; b  // => 3", "b"),
      ("swift", "try f(x)  // => throws: y", "try f(x)"),
      ("swift", "_ = try f(x)  // => throws: y", "_ = try f(x)"),
      ("swift", "let m = try f(x)  // => throws: y", "let m = try f(x)"),
      ("swift", "let m = try f(x)  // => ?", "m"),
      ("swift", "verdict(holds: a < b)  // => fails", "verdict(holds: a < b)"),
      ("swift", "[1, 2].map { x in\n  x\n}  // => [1, 2]", "[1, 2].map { x in\n  x\n}"),
      (
        "swift rejects", "struct S {\n  let x: Int = y  // => error: cannot find\n}",
        "let x: Int = y"
      ),
      ("swift rejects", "let u: UInt8 = 256  // => error: overflows", "let u: UInt8 = 256"),
      ("swift traps", "u += 1  // => traps: overflow", "u += 1"),
      ("swift traps", "var u = 255 + x  // => traps", "var u = 255 + x"),
      ("swift check=a", "a(1)  // => 1", "a(1)"),
      ("swift solution=a", "a(1)  // => 1", "a(1)"),
    ])
  func placed(info: String, code: String, expression: String) {
    let (step, diagnostics) = read(info, code)
    #expect(diagnostics.isEmpty, "\(diagnostics)")
    #expect(step.expectations.map(\.expression) == [expression])
  }

  @Test(
    "a step cannot wait",
    arguments: [
      ("await f()", 1), ("let x = try await f()", 1), ("\"\\(await f())\"", 1),
      ("for await x in y { }", 1), ("x.await", 0), ("f(await: 1)", 0), ("// await f()", 0),
      ("\"await f()\"", 0), ("let `await` = 1", 0),
    ])
  func waiting(code: String, count: Int) {
    #expect(read("swift", code).diagnostics.map(\.id) == Array(repeating: "await", count: count))
  }

  @Test("whatever the fence holds, it is read", arguments: 0..<30)
  func fuzz(seed: Int) {
    var random = ExpectationRandom(seed: UInt64(seed) + 4000)
    for _ in 0..<50 {
      let code = random.code(pieces: 30)
      let step = read("swift " + random.code(pieces: 3), code).step
      for expectation in step.expectations {
        #expect(expectation.comment.upperBound <= code.utf8.count)
        #expect(expectation.statement.lowerBound < expectation.comment.lowerBound)
      }
    }
  }
}
