import Course
import Testing

/// By hand: code that would harm the program around it is told where it stands, and nowhere else.
@Suite("code that works against its program", .enabled(if: Fixture.canRun, Fixture.comment))
struct HarmfulCodeTests {
  private func chapter(_ info: String, _ code: String) -> ParsedChapter {
    Fixture.parse(
      """
      ```swift
      let before = 1    // => 1
      ```

      ```\(info)
      \(code)
      ```

      ```swift
      let after = 2     // => 2
      ```
      """)
  }

  @Test(
    "names and directives that the program needs are refused at their own line",
    arguments: [
      "let StepRecording = 3", "enum StepRecording {}", "func StepRecording() {}",
      "#sourceLocation(file: \"other.md\", line: 1)", "#sourceLocation()",
    ])
  func reserved(code: String) async throws {
    let result = try await Fixture.verify(chapter("swift name=taken", "let own = 1\n" + code))
    #expect(result.steps.map(\.outcome) == [.held, .didNotCompile, .notReached], "\(code)")
    #expect(result.errors == ["15 did-not-compile"])
    let variant = try await Fixture.verify(chapter("swift traps name=taken", code))
    #expect(variant.steps.map(\.outcome) == [.held, .didNotCompile, .held], "\(code)")
    #expect(variant.errors == ["14 did-not-compile"])
  }

  @Test("an unknown module in a variant is that variant's mistake")
  func unknownModule() async throws {
    let code = "let one = 1\nimport Nowhere\n[one][5]  // => traps: out of range"
    let result = try await Fixture.verify(chapter("swift traps name=imports", code))
    #expect(result.steps.map(\.outcome) == [.held, .didNotCompile, .held])
    #expect(result.errors == ["15 did-not-compile"])
    #expect(result.summary("did-not-compile") == "does not compile: no such module 'Nowhere'")
  }

  @Test("a known module in a variant is imported")
  func knownModule() async throws {
    let code = "import Glibc\nlet root = sqrt(4.0)\n[root][5]  // => traps: out of range"
    #expect(try await Fixture.verify(chapter("swift traps", code)).held)
  }

  @Test("a statement that should throw says `try` itself, as a reader's would")
  func unmarkedThrow() async throws {
    let code = """
      struct Refusal: Error {}
      func refuse() throws -> Int { throw Refusal() }
      try refuse()              // => throws: Refusal
      let kept = try refuse()   // => throws: Refusal
      """
    #expect(try await Fixture.verify(chapter("swift", code)).held)
    let unmarked = try await Fixture.verify(
      chapter("swift", code.replacing("\ntry refuse", with: "\nrefuse")))
    #expect(unmarked.errors == ["16 did-not-compile"])
    #expect(unmarked.summary("did-not-compile").contains("not marked with 'try'"))
  }

  @Test("a run that ends between two steps is told at the second")
  func betweenSteps() async throws {
    let parsed = chapter("swift name=ends", "import Glibc\nStepRecording.end()\nexit(3)")
    let result = try await Fixture.verify(parsed)
    #expect(result.steps.map(\.outcome) == [.held, .held, .didNotHold])
    #expect(result.errors == ["19 ended-the-program"])
    #expect(result.summary("ended-the-program").contains("exit status 3"))
  }

  @Test(
    "a path may hold anything, and mistakes are told in it all the same",
    arguments: ["Chap \"ters\" #1", "we'ird $x\\y é日本:3%20", "two\nlines"])
  func paths(folder: String) async throws {
    let text = """
      # Paths

      ```swift rejects
      let word: Int = "x"          // => error: cannot convert
      ```

      ```swift traps
      let values = [1]
      values[1]                    // => traps: out of range
      ```

      ```swift traps name=broken
      nowhere
      ```

      ```swift
      func last(_ values: [Int]) -> Int {
        values[values.count]
      }
      last([1])
      ```
      """
    let (chapter, diagnostics) = ChapterParser(text: text, id: "paths", path: "\(folder)/paths.md")
      .parse()
    let result = try await Fixture.verify(ParsedChapter(chapter: chapter, diagnostics: diagnostics))
    #expect(result.steps.map(\.outcome) == [.held, .held, .didNotCompile, .trapped])
    #expect(result.errors == ["13 did-not-compile", "18 trapped"])
  }

  @Test("what a step prints does not steer the terminal that tells of it")
  func controlCharacters() async throws {
    let parsed = Fixture.parse(
      "```swift\nprint(\"\\u{1B}[31mred\\u{202E}\")\n```\n\n```text output\nred\n```\n")
    let result = try await Fixture.verify(parsed)
    #expect(result.summary("wrong-output").contains("'\u{1B}[31mred\u{202E}'"))
    let failures = ChapterSummary(chapter: parsed.chapter, result: result).failures.joined()
    #expect(failures.contains("line 1 is '\u{FFFD}[31mred\u{FFFD}', expected 'red'"))
  }

  @Test("a value too long to read is cut in the message")
  func longValue() async throws {
    let sevens = String(repeating: "7, ", count: 5000)
    let code = "let long = [Int](repeating: 7, count: 1000)\nlong  // => [\(sevens)8]"
    let parsed = chapter("swift", code)
    let result = try await Fixture.verify(parsed)
    #expect(result.errors == ["15 did-not-hold"])
    let lines = ChapterSummary(chapter: parsed.chapter, result: result).failures
      .flatMap { $0.split(separator: "\n") }
    #expect(lines.allSatisfy { $0.count < 1100 })
    #expect(lines.contains { $0.contains("…, expected [7, ") })
  }
}
