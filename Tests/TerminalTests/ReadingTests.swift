import Course
import StepRecords
import Terminal
import TestSupport
import Testing

/// A chapter as plain text.
///
/// Evidence: by eye (snapshots at three widths) and by law (widths, escapes).
@Suite("Reading in a terminal")
struct ReadingTests {
  private func text(_ width: Int, usesColor: Bool = false) -> String {
    let (chapter, result) = Fixture.everything()
    return PlainReading(
      chapter: chapter, result: result,
      settings: TerminalSettings(width: width, usesColor: usesColor)
    ).text()
  }

  @Test("every kind of block reads as it was kept", arguments: [40, 60, 120])
  func everyBlock(width: Int) throws {
    try expectSnapshot(text(width), "everything-\(width).txt")
  }

  @Test("a chapter that has not run says so")
  func notRun() throws {
    let chapter = Fixture.chapter("```swift\nlet scale = 1.5 // => 1.5\n```\n")
    let reading = PlainReading(
      chapter: chapter, result: nil, settings: TerminalSettings(width: 80, usesColor: false))
    try expectSnapshot(reading.text(), "not-run.txt")
  }

  private func text(_ body: String, width: Int = 80) -> String {
    let chapter = Fixture.chapter(body)
    return PlainReading(
      chapter: chapter, result: Fixture.result(chapter),
      settings: TerminalSettings(width: width, usesColor: false)
    ).text()
  }

  @Test("of raw HTML the words are read, not the tags")
  func markup() {
    let text = text(
      """
      Press <kbd>Enter</kbd> or<br>wait, a < b.

      <div class="note">
      <p>One &amp; <b>two</b></p><p>three</p>
      <script>alert(1)</script>
      </div>

      <!-- nobody reads this -->
      """)
    #expect(text.contains("  Press Enter or\n  wait, a < b.\n"))
    #expect(text.contains("  One & two\n  three\n"))
    #expect(!text.contains("alert") && !text.contains("kbd") && !text.contains("nobody"))
  }

  @Test("a list of sources stands in two columns, or hangs where there is no room")
  func sources() {
    let body = """
      - [@jacob2018]: the affine map with an exact zero, and why inference on integers needs one.
      - [@nagel2021]: a careful introduction.
      """
    #expect(
      text(body).contains(
        """
          jacob2018  the affine map with an exact zero, and why inference on
                     integers needs one.
          nagel2021  a careful introduction.

        """))
    #expect(
      text(body, width: 40).contains(
        """
          jacob2018
            the affine map with an exact zero,
            and why inference on integers needs
            one.
          nagel2021
            a careful introduction.

        """))
    // A list in which something else stands as well is a list.
    #expect(text(body + "\n- plain").contains("• [jacob2018]: the"))
  }

  @Test("where there is a margin, a line says which values its numbers are")
  func margin() {
    let body = "Neighbours stand [0.5](#scale) apart, code [2](#code) is zero, [0.5](#scale) again."
    let line = "  Neighbours stand 0.5 apart, code 2 is zero, 0.5 again."
    let notes = String(repeating: " ", count: 76 - line.count) + "scale · code\n"
    #expect(text(body, width: 104).contains(line + notes))
    #expect(text(body, width: 103).contains(line + "\n"))
  }

  @Test("no line is longer than the terminal is wide", arguments: Array(20...130))
  func widths(width: Int) {
    for line in text(width).split(separator: "\n") {
      #expect(DisplayWidth.of(line) <= width, "\(line)")
    }
  }

  @Test("colour adds styles and nothing else")
  func colour() {
    let plain = text(72)
    #expect(!plain.contains("\u{1B}"))
    let styled = text(72, usesColor: true)
    #expect(styled.contains("\u{1B}[1m"))
    let stripped = styled.replacing(/\u{1B}\[[0-9;]+m/, with: "")
    // Spaces at a line's end may stay inside a style; nothing else differs.
    func trimmed(_ text: String) -> [Substring] {
      text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
        var line = line
        while line.last == " " { line.removeLast() }
        return line
      }
    }
    #expect(trimmed(stripped) == trimmed(plain))
  }

  @Test("a chapter and its output cannot steer the terminal")
  func escapes() {
    let hostile = "\u{1B}[2J\u{1B}]0;title\u{7}\u{9B}31m\u{8}\u{202E}\r\nnext\t|"
    let step = Step(
      id: hostile, role: .plain, line: 3, codeLine: 4, code: "let a = 1 // \(hostile)\n")
    let inlines: [Inline] = [
      .text(hostile), .code(hostile), .math(hostile),
      .link(destination: "https://\(hostile)", title: "", []),
      .citation(hostile), .html(hostile),
    ]
    let chapter = Chapter(
      id: hostile, path: hostile, source: "",
      frontMatter: FrontMatter(title: hostile, part: hostile, question: hostile),
      blocks: [
        Block(.heading(level: 2, anchor: "", inlines), line: 1),
        Block(.paragraph(inlines), line: 2),
        Block(.step(0), line: 3), Block(.code(info: "", text: hostile), line: 8),
        Block(.claim(id: hostile, source: hostile, []), line: 9), Block(.predict(hostile), line: 9),
        Block(.table(alignments: [], header: [inlines], rows: [[inlines]]), line: 10),
      ], steps: [step])
    let judged = JudgedExpectation(
      line: 4, expression: hostile, expected: hostile, actual: hostile, value: .string(hostile),
      held: false)
    let result = ChapterResult(
      id: hostile, held: false, seconds: 0, isCached: false,
      steps: [
        StepOutcome(
          id: hostile, line: 3, outcome: .trapped, expectations: [judged], output: hostile,
          results: [
            .shown(label: hostile, value: .described(hostile), unit: hostile),
            .table(ResultTable(title: hostile, columns: [hostile], rows: [[.string(hostile)]])),
            .chart(
              Chart(
                title: hostile, alternative: hostile, horizontal: Chart.Axis(hostile),
                vertical: Chart.Axis(hostile),
                marks: [
                  .line(label: hostile, x: [1, 2], y: [1, 2]),
                  .bars(label: hostile, categories: [hostile], heights: [1]),
                ])),
          ])
      ],
      diagnostics: [
        Diagnostic(id: "x", path: hostile, line: 3, summary: hostile, notes: [hostile])
      ])
    for width in [20, 72] {
      let text = PlainReading(
        chapter: chapter, result: result,
        settings: TerminalSettings(width: width, usesColor: false)
      ).text()
      for scalar in text.unicodeScalars where scalar != "\n" {
        let isControl = scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
        #expect(!isControl && scalar != "\u{202E}")
      }
      #expect(text.split(separator: "\n").allSatisfy { DisplayWidth.of($0) <= width })
    }
  }
}
