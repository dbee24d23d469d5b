import Course
import StepRecords
import Terminal

/// Chapters for tests: parsed from Markdown, judged against values that the test states.
enum Fixture {
  /// A chapter from its body, with a small front matter before it.
  static func chapter(_ body: String) -> Chapter {
    let text = """
      ---
      title: The grid
      part: The first part
      question: What does it cost to keep a number in a byte?
      minutes: 12
      needs: []
      sources: []
      ---

      \(body)
      """
    return ChapterParser(text: text, id: "01-grid", path: "Chapters/01-grid.md").parse().chapter
  }

  /// What happened when a chapter ran: each expectation judged against the value of its expression.
  static func result(
    _ chapter: Chapter, _ values: [String: RecordedValue] = [:],
    left: [String: [StepResult]] = [:], endings: [String: StepOutcome.Outcome] = [:],
    diagnostics: [Diagnostic] = []
  ) -> ChapterResult {
    let steps = chapter.steps.map { step in
      let judged = step.expectations.compactMap { expectation -> JudgedExpectation? in
        guard let value = values[expectation.expression] else { return nil }
        let judgement = expectation.expected.judge(value)
        return JudgedExpectation(
          line: expectation.line, expression: expectation.expression,
          expected: expectation.written, actual: judgement.actual, value: value,
          held: judgement.held, toleranceUsed: judgement.toleranceUsed)
      }
      let holds = judged.allSatisfy(\.held)
      return StepOutcome(
        id: step.id, line: step.line,
        outcome: endings[step.id] ?? (holds ? .held : .didNotHold), expectations: judged,
        output: step.expectedOutput?.text ?? "", results: left[step.id] ?? [])
    }
    return ChapterResult(
      id: chapter.id, held: steps.allSatisfy { $0.outcome == .held }, seconds: 0.5,
      isCached: false, steps: steps, diagnostics: diagnostics)
  }

  /// A chapter with every kind of block, and what happened when it ran.
  static func everything() -> (chapter: Chapter, result: ChapterResult) {
    let chapter = chapter(everyBlock)
    let charts: [StepResult] = [
      .shown(label: "worst case", value: .float(0.0117), unit: "weight units"),
      .shown(label: "saved", value: .double(0.392), unit: "%"),
      .table(
        ResultTable(
          title: "Error by bits", columns: ["method", "bits", "error"],
          rows: [
            [.string("round to nearest"), .integer(4), .double(0.0123)],
            [.string("least squares"), .integer(3), .double(0.0456)],
          ])),
      .chart(
        Chart(
          title: "Error against bits", alternative: "The error falls by four with every bit.",
          horizontal: .linear("bits"), vertical: .logarithmic("error", unit: "weight²"),
          marks: [
            .line(label: "min-max", x: [2, 4, 6, 8], y: [0.1, 0.01, 0.001, 0.0001]),
            .points(label: "measured", x: [2, 4, 6, 8], y: [0.08, 0.02, 0.0005, 0.00004]),
          ])),
      .chart(
        Chart(
          title: "Error by method", alternative: "NF4 is best.", horizontal: "",
          vertical: Chart.Axis("error", unit: "dB"),
          marks: [.bars(label: "", categories: ["rtn", "nf4", "表"], heights: [3, 1.5, -0.5])])),
      .chart(
        Chart(
          title: "Where weights lie", alternative: "Most are near zero.", horizontal: "weight",
          vertical: "count",
          marks: [.histogram(label: "", edges: [-2, -1, 0, 1, 2], counts: [1, 5, 6, 2])])),
      .chart(
        Chart(
          title: "A weight", alternative: "A diagonal.", horizontal: "in", vertical: "out",
          marks: [.heatmap(label: "weight", rows: [[1, 0, -0.5], [0, 1, 0], [-0.5, 0, 1]])])),
    ]
    let result = result(
      chapter,
      [
        "scale": .double(6.0 / 255), "code": .integer(102), "top": .integer(255),
        "verdict(holds: top == 256)": .verdict([VerdictCondition(name: "", holds: false)]),
        "clip(3)": .integer(1), "wrong": .double(0.31),
        "many": .list((0..<40).map { .integer($0 * 111) }),
      ],
      left: ["gallery": charts], endings: ["late": .skipped],
      diagnostics: [
        Diagnostic(
          id: "did-not-hold", path: "Chapters/01-grid.md", line: 100_000,
          summary: "wrong is 0.31, expected 0.39", notes: ["a note"])
      ])
    return (chapter, result)
  }

  private static let everyBlock = """
    # The grid

    A *soft* and **strong** paragraph with `code`, $`s = R/127`$ and a
    [page](https://example.org/a-rather-long-address/that-does-not-break/anywhere/at/all).

    <!-- predict: scale -->

    ```swift name=grid
    let scale = 6.0 / 255   // => 0.0235
    let code = Int((2.4 / scale).rounded())   // => 102
    print("hello")
    ```

    ```text output
    hello
    ```

    Neighbours stand [0.0235](#scale) apart, and zero is code [102](#code).

    ## 表と見出し 🎉

    これは長い日本語の段落です。幅の広い文字がどのように折り返されるかを確かめます。

    - one
    - two
      1. nested
      2. list

    > A quotation of one sentence that is long enough to be wrapped in a narrow terminal.

    | format | bits | what it is for, in some words |
    |:-------|-----:|:-----------------------------:|
    | int8   | 8    | activations and weights alike |
    | int4   | 4    | weights                       |

    ```math
    s = \\frac{x_{\\max} - x_{\\min}}{255}
    ```

    ```swift name=gallery
    draw()
    ```

    ```swift name=bad
    let wrong = 0.31   // => 0.39
    let many = numbers()   // => [0, 111, …]
    ```

    <!-- claim: byte-range source=explained-article -->
    > A byte holds 256.

    ```swift claim=byte-range
    let top = 255 // => 255
    verdict(holds: top == 256) // => fails
    ```
    <!-- end -->

    ```swift name=late slow
    let late = 2 // => 2
    ```

    <!-- for: applied-engineer -->

    For some.

    <!-- end -->

    ### Exercise: clip

    Keep it inside.

    ```swift exercise=clip
    func clip(_ value: Int) -> Int { value }
    ```

    ```swift check=clip
    clip(3)        // => 1
    ```

    <details><summary>Hint</summary>

    `min`.

    </details>

    <details><summary>Solution</summary>

    ```swift solution=clip
    func clip(_ value: Int) -> Int { min(value, 1) }
    ```

    </details>

    ## In the end

    That is all.
    """
}
