import Course
import Testing

/// By hand: folded parts, claims, audiences, and what belongs to a step.
@Suite("Chapter parser: regions and steps")
struct ChapterRegionsTests {
  @Test("details that follow each other without a blank line are two")
  func adjacentDetails() {
    let parsed = ParsedText.body(
      """
      <details><summary>One *hint* with <code>code</code> and <b>weight</b></summary>

      a

      </details>
      <details><summary>Two</summary>

      b

      </details>
      c
      """)
    #expect(parsed.lines == [4, 9, 14])
    guard case .details(let first, let inside) = parsed.kinds[0],
      case .details(let second, _) = parsed.kinds[1]
    else {
      Issue.record("no details: \(parsed.kinds)")
      return
    }
    #expect(
      first == [
        .text("One "), .emphasis([.text("hint")]), .text(" with "), .code("code"),
        .text(" and "), .strong([.text("weight")]),
      ])
    #expect(inside == [Block(.paragraph([.text("a")]), line: 6)])
    #expect(second == [.text("Two")])
    #expect(parsed.found == ["text-beside-html:14"])
  }

  @Test("regions nest, and details in a list item stay there")
  func nesting() {
    let parsed = ParsedText.body(
      """
      <!-- for: cs-student, applied-engineer -->
      <details>

      - a

        <DETAILS open>
        <summary>

        b

        </details>

      <!-- for: frontier-researcher -->
      c
      <!-- end -->

      </details>
      <!-- end -->
      """)
    #expect(parsed.found == [])
    guard case .audience(["cs-student", "applied-engineer"], let outer) = parsed.kinds.first,
      case .details([.text("Details")], let inner) = outer.first?.kind,
      case .list(_, _, let items) = inner.first?.kind,
      case .details = items.first?.last?.kind,
      case .audience(["frontier-researcher"], let innermost) = inner.last?.kind
    else {
      Issue.record("not nested: \(parsed.kinds)")
      return
    }
    #expect(innermost.map(\.line) == [17])
  }

  @Test("a region that closes another's inside closes what was open in it, and says so")
  func crossing() {
    let parsed = ParsedText.body(
      "<!-- for: cs-student -->\n\n<details>\n\nx\n\n<!-- end -->\n\n</details>\n\ny")
    #expect(parsed.found == ["unclosed-details:6", "unmatched-end:12"])
    #expect(parsed.lines == [4, 14])
  }

  @Test("output belongs to the step before it; comments between do not matter")
  func output() {
    let parsed = ParsedText.body(
      "```swift\nprint(1)\n```\n<!-- note -->\n\n```text output\n1\n```\n\n```text output\n2\n```\n"
    )
    #expect(parsed.found == ["output-without-step:13"])
    #expect(parsed.chapter.steps[0].expectedOutput == ExpectedOutput(text: "1\n", line: 9))
    #expect(parsed.kinds == [.step(0), .output("1\n"), .code(info: "text", text: "2\n")])
  }

  @Test("a wrong answer's message is the Markdown up to the end of its details")
  func message() {
    let parsed = ParsedText.body(
      """
      <details><summary>If you bounded one side</summary>

      ```swift wrong=clip fails-at=2
      let a = 1
      ```

      Weights are *signed*:

      - see `-3`
      </details>
      <details><summary>If you did nothing</summary>

      ```swift wrong=clip fails-at=1
      let b = 1
      ```

      </details>

      ```swift wrong=clip fails-at=1
      let c = 1
      ```

      > quoted

      ## Next

      text
      """)
    #expect(
      parsed.chapter.steps.map(\.message) == [
        "Weights are *signed*:\n\n- see `-3`", nil, "quoted",
      ])
    #expect(parsed.chapter.steps.map(\.id) == ["clip.wrong-1", "clip.wrong-2", "clip.wrong-3"])
  }

  @Test("every step stands in the tree once, in order, wherever it is nested")
  func stepIndices() {
    let fence = "```swift\nlet a = 1\n```\n"
    let parsed = ParsedText.body(
      "\(fence)\n> ```swift\n> let b = 1\n> ```\n\n- ```swift\n  let c = 1\n  ```\n\n"
        + "<details>\n\n\(fence)\n</details>\n")
    #expect(Self.steps(parsed.blocks) == [0, 1, 2, 3])
    #expect(
      parsed.chapter.steps.map(\.code) == [
        "let a = 1\n", "let b = 1\n", "let c = 1\n", "let a = 1\n",
      ])
    #expect(parsed.chapter.steps.map(\.codeLine) == [5, 9, 13, 19])
  }

  private static func steps(_ blocks: [Block]) -> [Int] {
    blocks.flatMap { block -> [Int] in
      switch block.kind {
      case .step(let index): [index]
      case .quote(let inner), .details(_, let inner): steps(inner)
      case .list(_, _, let items): items.flatMap(steps)
      default: []
      }
    }
  }
}
