import Course
import Glibc
import Testing

/// By hand: what moved is rewritten as it was written, and nothing else.
@Suite("--accept rewrites numbers in place", .enabled(if: Fixture.canRun, Fixture.comment))
struct AcceptanceTests {
  @Test("numbers, prose and ? move; bounds are refused; the rewritten chapter holds but for those")
  func fixture() async throws {
    let parsed = try Fixture.read("fails")
    let acceptance = Acceptance(
      chapter: parsed.chapter, result: try await Fixture.verify(parsed))
    #expect(
      acceptance.changes.map { "\($0.line) \($0.old) → \($0.new)" } == [
        "12 0.6 → 0.5", "14 2.6e-04 → 2.5e-04", "17 0.6 → 0.5", "17 2.6·10⁻⁴ → 2.5·10⁻⁴",
        "21 4 → 3", "23 ? → 0.0833333",
      ])
    #expect(acceptance.refused.map(\.old) == ["< 5"])
    // 0.6 promises ±0.05, and the value is 0.1 away.
    let moved = try #require(acceptance.changes[0].tolerances)
    #expect(abs(moved - 2) < 1e-9)
    let again = ChapterParser(
      text: acceptance.text, id: parsed.chapter.id, path: parsed.chapter.path
    ).parse()
    let result = try await Fixture.verify(
      ParsedChapter(chapter: again.chapter, diagnostics: again.diagnostics))
    #expect(result.errors == ["25 did-not-hold"])
  }

  @Test("a chapter that holds is left alone")
  func nothing() async throws {
    let parsed = try Fixture.read("passes")
    let acceptance = Acceptance(
      chapter: parsed.chapter, result: try await Fixture.verify(parsed))
    #expect(acceptance.changes.isEmpty && acceptance.refused.isEmpty)
    #expect(acceptance.text == parsed.chapter.source)
  }

  @Test("each number is found where it stands, and keeps its style")
  func places() async throws {
    let before = """
      ```swift
      let spaced = 5                 // =>   6
      let tabbed = 5                 // =>\t6
      let grouped = 2048             // => 1_024
      let least = Int.min            // => ?
      let pair = (low: 1, high: 2.5) // => (low: 2, high: 2.5)
      let text = "=> 6"              // => "=> 7"
      ```

      `[6](#spaced)` shows how [6](#spaced) is written <!-- [6](#spaced) -->, **6**<!--=spaced-->
      and [**6**](#tabbed), and ``a ` [6](#spaced)``.

      | 16<!--=spaced--> | 6<!--=spaced--> | [1,024](#grouped) |
      |---|---|---|
      """
    let after = """
      ```swift
      let spaced = 5                 // =>   5
      let tabbed = 5                 // =>\t5
      let grouped = 2048             // => 2_048
      let least = Int.min            // => -9223372036854775808
      let pair = (low: 1, high: 2.5) // => (low: 1, high: 2.5)
      let text = "=> 6"              // => "=> 6"
      ```

      `[6](#spaced)` shows how [5](#spaced) is written <!-- [6](#spaced) -->, **5**<!--=spaced-->
      and [**5**](#tabbed), and ``a ` [6](#spaced)``.

      | 5<!--=spaced--> | 5<!--=spaced--> | [2,048](#grouped) |
      |---|---|---|
      """
    let parsed = Fixture.parse(before)
    let acceptance = Acceptance(
      chapter: parsed.chapter, result: try await Fixture.verify(parsed))
    #expect(acceptance.refused.isEmpty)
    #expect(acceptance.text == Fixture.parse(after).chapter.source)
  }

  @Test("a number whose place is not found is left to a person, and said so")
  func notFound() async throws {
    let parsed = Fixture.parse(
      """
      ```swift
      let five = 5   // => 5
      ```

      It is [6][five].

      `[6](#five)`

      [five]: #five
      """)
    let acceptance = Acceptance(
      chapter: parsed.chapter, result: try await Fixture.verify(parsed))
    #expect(acceptance.changes.isEmpty && acceptance.refused.map(\.old) == ["6"])
    #expect(acceptance.text == parsed.chapter.source)
  }

  @Test("the file keeps its line ends")
  func lineEnds() async throws {
    let folder = try Fixture.temporaryFolder()
    let path = folder + "/crlf.md"
    defer {
      unlink(path)
      rmdir(folder)
    }
    let text =
      "---\ntitle: Line ends\npart: P\nquestion: Which?\n---\n\n# Line ends\n\n```swift\nlet value = 3\n"
      + "value  // => 2\n```\n\nIt is [2](#value).\n"
    let bytes = Array(text.replacing("\n", with: "\r\n").utf8)
    let file = try #require(fopen(path, "w"))
    fwrite(bytes, 1, bytes.count, file)
    fclose(file)
    let files = try CourseFolder.chapters(named: [path], in: folder)
    let parsed = try ParsedChapter(try #require(files.first))
    let acceptance = Acceptance(
      chapter: parsed.chapter, result: try await Fixture.verify(parsed))
    try acceptance.write(to: path)
    var buffer = [UInt8](repeating: 0, count: 1000)
    let read = try #require(fopen(path, "r"))
    let count = fread(&buffer, 1, buffer.count, read)
    fclose(read)
    let expected = text.replacing("=> 2", with: "=> 3").replacing("[2]", with: "[3]")
    #expect(buffer[..<count].elementsEqual(expected.replacing("\n", with: "\r\n").utf8))
  }
}
