import Course
import StepRecords
import TestSupport
import Testing

/// One page a kind of block.
///
/// Evidence: by eye, and every page is well-formed and its links resolve.
@Suite("Pages, by kind of block")
struct BlockSnapshotTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let body: String
    var values: [String: RecordedValue] = [:]
    var left: [String: [StepResult]] = [:]
    var endings: [String: StepOutcome.Outcome] = [:]
    var diagnostics: [Diagnostic] = []
    var hasRun = true
    var testDescription: String { name }
  }

  @Test("a kind of block reads as it was kept", arguments: cases)
  func kindOfBlock(_ example: Case) throws {
    let chapter = Fixture.chapter(example.body)
    let result = Fixture.result(
      chapter, example.values, left: example.left, endings: example.endings,
      diagnostics: example.diagnostics)
    let site = try Fixture.site([chapter], results: example.hasRun ? [result] : [])
    let main = try Fixture.main(site, "01-grid/index.html")
    _ = try MarkupReader.read(main)
    try expectSnapshot(main, "\(example.name).html")
  }

  static let cases: [Case] = [
    Case(
      name: "prose",
      body: """
        # The grid

        A *soft* and **strong** paragraph with `code`, a [page](https://example.org/a?b=1&c=2 "Title"),
        a hard\\
        break & an entity.

        ## A section

        > A quotation.

        ---

        #### Deep
        """),
    Case(
      name: "lists",
      body: """
        - one
        - two
          1. nested
          2. list

        3. three

           with a second paragraph
        4. four
        """),
    Case(
      name: "tables",
      body: """
        | format | bits | error | note |
        |:-------|-----:|:-----:|------|
        | int8   | 8    | small | `a \\| b` |
        | int4   | 4    | **large** |  |
        """),
    Case(
      name: "code",
      body: """
        ```sh
        nibble verify && echo "<done>"
        ```

            indented
        """),
    Case(
      name: "formulas",
      body: """
        Inline $`s = R/127`$, and displayed:

        ```math
        s = \\frac{x_{\\max} - x_{\\min}}{255}
        ```
        """),
    Case(
      name: "folded",
      body: """
        <details><summary>Why *so*?</summary>

        Because.

        </details>
        """),
    Case(
      name: "raw-html",
      body: """
        Text <b onclick="run()">bold</b> and <!-- a comment --> more.

        <script>alert(1)</script>

        <!-- a comment alone -->
        """),
    Case(
      name: "audience",
      body: """
        <!-- for: applied-engineer -->

        For some.

        <!-- end -->

        For all.
        """),
    Case(
      name: "step-held",
      body: """
        ```swift name=grid
        let scale = 6.0 / 255   // => 0.0235
        scale * 2               // => 0.05 ± 0.01
        print("a < b")
        ```

        ```text output
        a < b
        ```

        The step is [0.0235](#scale), less than [0.1](#scale "<").
        """,
      values: ["scale": .double(6.0 / 255), "scale * 2": .double(12.0 / 255)]),
    Case(
      name: "step-failed",
      body: """
        ```swift name=grid
        let scale = 6.0 / 255   // => 0.0239
        ```

        The step is [0.0239](#scale).
        """,
      values: ["scale": .double(6.0 / 255)],
      diagnostics: [
        Diagnostic(
          id: "did-not-hold", path: "Chapters/01-grid.md", line: 12,
          summary: "scale is 0.0235, expected 0.0239", notes: ["0.023529411764705882 in full"]),
        Diagnostic(
          .warning, id: "unused-source", path: "Chapters/01-grid.md", line: 6,
          summary: "jacob2018 is never cited"),
      ]),
    Case(
      name: "step-endings",
      body: """
        ```swift name=first
        fatalError("no")
        ```

        ```swift name=second folded
        let after = 1 // => 1
        ```

        ```swift rejects
        let text: Int = "a" // => error: cannot convert
        ```

        ```swift name=late slow
        let late = 2 // => 2
        ```
        """,
      endings: ["first": .trapped, "second": .notReached, "late": .skipped]),
    Case(
      name: "step-not-run",
      body: """
        ```swift name=grid
        let scale = 6.0 / 255   // => 0.0235
        ```

        The step is [0.0235](#scale).
        """, hasRun: false),
    Case(
      name: "results",
      body: """
        ```swift name=grid
        work()
        ```
        """,
      left: [
        "grid": [
          .shown(label: "worst case", value: .float(0.0117), unit: "weight units"),
          .shown(label: "saved", value: .double(0.392), unit: "%"),
          .table(
            ResultTable(
              title: "Error by bits", columns: ["method", "bits", "error"],
              rows: [
                [.string("rtn"), .integer(4), .double(0.0123)],
                [.string("<mse>"), .integer(3), .double(0.0456)],
              ])),
        ]
      ]),
    Case(
      name: "exercise",
      body: """
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

        <details><summary>If you negated</summary>

        ```swift wrong=clip fails-at=1
        func clip(_ value: Int) -> Int { -value }
        ```

        The sign stays.

        </details>

        After the exercise.
        """, values: ["clip(3)": .integer(1)]),
    Case(
      name: "claim",
      body: """
        <!-- predict: top -->

        <!-- claim: byte-range source=explained-article -->
        > A byte holds 256.

        ```swift claim=byte-range
        let top = 255 // => 255
        verdict(["alone": top == 256, "with zero": top == 255]) // => holds when with zero
        ```
        <!-- end -->
        """,
      values: [
        "top": .integer(255),
        #"verdict(["alone": top == 256, "with zero": top == 255])"#: .verdict([
          VerdictCondition(name: "alone", holds: false),
          VerdictCondition(name: "with zero", holds: true),
        ]),
      ]),
  ]
}
