import Course
import Testing

/// By law: a transcript is a chapter that holds; by hand: what it says.
@Suite("a transcript is a chapter of what was done", .enabled(if: Fixture.canRun, Fixture.comment))
struct TranscriptTests {
  private let chapter = Fixture.parse(Lesson.text, id: "lesson").chapter

  private func entries(_ events: LearnerEvent...) -> [Journal.Entry] {
    events.map { Journal.Entry(time: "2026-11-29T09:00:00Z", event: $0) }
  }

  /// Parsed and verified; the text after its numbers were made those of its own steps.
  private func settled(_ transcript: Transcript) async throws -> (text: String, held: Bool) {
    func verify(_ text: String) async throws -> (Chapter, ChapterResult) {
      let (chapter, diagnostics) = ChapterParser(
        text: text, id: "transcript", path: "Chapters/transcript.md"
      ).parse()
      let parsed = ParsedChapter(chapter: chapter, diagnostics: diagnostics)
      return (chapter, try await Fixture.verify(parsed))
    }
    let (first, result) = try await verify(transcript.markdown())
    let text = Acceptance(chapter: first, result: result).text
    let (_, final) = try await verify(text)
    return (text, final.held)
  }

  @Test("steps up to the last one seen, guesses beside what they met, and it holds")
  func steps() async throws {
    let transcript = Transcript(
      chapter: chapter,
      entries: entries(
        .guessed(name: "runs", guess: "0.5", actual: "1"), .ran(step: "count"),
        .place(id: "step:count", number: 2, of: 5)),
      changes: [:], answers: [:])
    let (text, held) = try await settled(transcript)
    #expect(held)
    #expect(text.contains("Before I ran this I guessed `0.5` for `runs`; it is `1`."))
    #expect(text.contains("On 2026-11-29, up to stop 2 of 5."))
    #expect(text.contains("```swift name=setup"))
    #expect(!text.contains("name=after"))
  }

  @Test("a change stands in its step's place, and every number after it moves")
  func changes() async throws {
    let transcript = Transcript(
      chapter: chapter, entries: entries(.changed(step: "setup"), .ran(step: "after")),
      changes: ["setup": "var limit: Float = 4\nvar runs = 10\nlimit  // => ?\n"], answers: [:])
    let (text, held) = try await settled(transcript)
    #expect(held)
    #expect(text.contains("I changed this step:"))
    #expect(text.contains("limit  // => 4"))
    #expect(text.contains("runs                  // => 11"))
    #expect(text.contains("The chapter's own solution, with which it goes on:"))
  }

  @Test("a solved exercise goes on with the learner's answer, another is shown as tried")
  func answers() async throws {
    let code = """
      func clip(_ value: Float, to limit: Float) -> Float {
        value > limit ? limit : value < -limit ? -limit : value  // ```
      }
      """
    let events = entries(
      .hint(exercise: "clip", number: 1), .tried(exercise: "clip", passed: 1, of: 3),
      .tried(exercise: "clip", passed: 3, of: 3), .solved(exercise: "clip"), .finished)
    let solved = Transcript(
      chapter: chapter, entries: events, changes: [:], answers: ["clip": .solved(code)])
    let (text, held) = try await settled(solved)
    #expect(held)
    #expect(text.contains("Exercise `clip`: 2 tries, one hint."))
    #expect(text.contains("````swift\n" + code))  // a longer fence where the answer holds one
    #expect(!text.contains("The chapter's own solution"))
    let tried = Transcript(
      chapter: chapter, entries: events, changes: [:], answers: ["clip": .tried("oops(\n")])
    let (attempt, stillHolds) = try await settled(tried)
    #expect(stillHolds)
    #expect(attempt.contains("My answer, which does not pass every check:\n\n```text\noops("))
  }

  @Test("what a title or a guess says is never taken for Markdown, a number or a citation")
  func words() async throws {
    let odd = ChapterParser(
      text: """
        ---
        title: 'Odd "quotes", 1e-3 & [@nobody]'
        question: |
          One?
          Two?
        numbers: [1e-3]
        ---

        # Odd

        ## From 1e-3 to [@nobody] <b>

        ```swift name=step-size
        let size = 2.5    // => 2.5
        ```

        """, id: "odd", path: "Chapters/odd.md"
    ).parse().chapter
    let transcript = Transcript(
      chapter: odd,
      entries: entries(
        .guessed(name: "size", guess: "``2`", actual: "2.5"), .ran(step: "step-size")),
      changes: [:], answers: [:])
    let (text, held) = try await settled(transcript)
    #expect(held)
    #expect(text.contains("question: \"One? Two?\"\n"))
    #expect(text.contains("guessed ``` ``2` ``` for `size`"))
    #expect(text.contains("name=step-size"))
  }

  @Test("an exercise for paper goes on with the author's solution too")
  func withoutStub() async throws {
    let text = Lesson.text.replacing(
      """
      ```swift exercise=clip
      func clip(_ value: Float, to limit: Float) -> Float {
        value               // change this
      }
      ```


      """, with: "")
    let transcript = Transcript(
      chapter: Fixture.parse(text, id: "lesson").chapter, entries: entries(.ran(step: "after")),
      changes: [:], answers: [:])
    let (written, held) = try await settled(transcript)
    #expect(held)
    #expect(written.contains("The chapter's own solution"))
  }

  @Test("nothing done is said so, and still a chapter")
  func nothing() async throws {
    let transcript = Transcript(chapter: chapter, entries: [], changes: [:], answers: [:])
    #expect(transcript.markdown().contains("Nothing yet"))
  }
}
