import Course
import StepRecords
import Testing

/// By hand: a result made here, and the words and markup it must become.
@Suite("reports")
struct ReportTests {
  private static let result = ChapterResult(
    id: "03-rounding", held: false, seconds: 0.51234, isCached: false,
    steps: [
      StepOutcome(id: "grid", line: 10, outcome: .held, seconds: 0.25),
      StepOutcome(
        id: "worst", line: 20, outcome: .didNotHold,
        expectations: [
          JudgedExpectation(
            line: 22, expression: "a < b", expected: "0.5", actual: "0.25", value: .double(0.25),
            held: false)
        ]), StepOutcome(id: "after", line: 30, outcome: .notReached),
    ],
    diagnostics: [
      Diagnostic(
        id: "did-not-hold", path: "Chapters/03-rounding.md", line: 22,
        summary: "a < b is \"0.25\", expected 0.5"),
      Diagnostic(
        id: "bare-number", path: "Chapters/03-rounding.md", line: 40, summary: "0.7 is bare"),
    ])

  @Test("JSON has the contract's names")
  func json() {
    let text = VerifyReport(results: [Self.result]).json()
    for piece in [
      "\"schema\" : 1", "\"held\" : false", "\"id\" : \"03-rounding\"", "\"seconds\" : 0.5123",
      "\"cached\" : false", "\"outcome\" : \"did-not-hold\"", "\"outcome\" : \"not-reached\"",
      "\"expression\" : \"a < b\"", "\"expected\" : \"0.5\"", "\"actual\" : \"0.25\"",
      "\"line\" : 22", "\"summary\" : \"0.7 is bare\"",
    ] {
      #expect(text.contains(piece), "\(piece) is missing from \(text)")
    }
  }

  @Test("JUnit counts a case a step, and one for the prose; markup is escaped")
  func junit() {
    let text = VerifyReport(results: [Self.result]).junit()
    #expect(text.contains("<testsuites tests=\"4\" failures=\"2\" errors=\"0\" skipped=\"1\">"))
    #expect(text.contains("name=\"grid\" time=\"0.25\"/>"))
    #expect(
      text.contains(
        "<failure type=\"did-not-hold\" message=\"Chapters/03-rounding.md:22: a &lt; b is "
          + "&quot;0.25&quot;, expected 0.5\"/>"))
    #expect(text.contains("name=\"prose\""))
    #expect(text.contains("0.7 is bare"))
  }

  @Test("one line a chapter")
  func line() {
    let chapter = Chapter(
      id: "03-rounding", path: "Chapters/03-rounding.md", source: "", frontMatter: FrontMatter(),
      blocks: [], steps: [])
    let line = ChapterSummary(chapter: chapter, result: Self.result).line
    #expect(line == "03-rounding: did not hold: 2 errors, 1 not reached, 0.51 s")
  }
}
