import Course
import Testing

/// Evidence: by hand.
@Suite("Links into a chapter")
struct AnchorLintTests {
  private func dead(_ text: String) -> [Diagnostic] {
    let parsed = ChapterParser(
      text: "# The grid\n\n" + text + "\n\n## Why `zero`?\n\n## Why `zero`?\n", id: "links",
      path: "links.md"
    ).parse()
    return ChapterLint.diagnostics(of: parsed.chapter).filter { $0.id == "dead-link" }
  }

  @Test("headings, steps and claims are led to")
  func known() {
    let text = """
      [the title](#the-grid), [below](#why-zero), [again](#why-zero-1), [a step](#step-here),
      [another](#step-2), [a claim](#claim-small), [elsewhere](02-next.md#anything), [top](#)

      ```swift name=here
      let one = 1
      ```

      ```swift
      let two = 2
      ```

      <!-- claim: small source=somebody -->
      Small.

      ```swift claim=small
      verdict(holds: one < two)  // => holds
      ```
      <!-- end -->
      """
    #expect(dead(text).isEmpty)
  }

  @Test("what looks like a proven number and is none is told on its line")
  func values() {
    let text = """
      Text, and a line
      with [20¹⁰](#power) and *[about 5](#power)*.

      - item [EXPANDED](#power)

      ```swift
      let power = 5  // => 5
      ```
      """
    let found = dead(text)
    #expect(found.map(\.line) == [4, 4, 6])
    #expect(found.first?.summary.hasPrefix("[20¹⁰](#power) leads to no heading") == true)
    #expect(found.allSatisfy { $0.summary.contains("that is a value") })
  }

  @Test("a misspelt heading is told with the right one")
  func misspelt() {
    #expect(
      dead("See [above](#the-gird).").map(\.summary) == [
        "[above](#the-gird) leads to no heading of this chapter; did you mean the-grid?"
      ])
  }
}
