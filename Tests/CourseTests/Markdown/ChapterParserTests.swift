import Course
import Testing

/// By hand: the expected trees and line numbers are counted in the literals.
@Suite("Chapter parser: blocks and their lines")
struct ChapterParserTests {
  @Test("every kind of block keeps its line in the file")
  func linesOfBlocks() {
    let parsed = ParsedText.body(
      """
      # Heading

      A paragraph
      of two lines.

      Setext
      ======

      > quoted
      lazily

      - one
      - two

      3. three

      ```python
      print()
      ```

          indented

      ---

      ```math
      x
      ```

      <div>
      </div>

      | a | b |
      |---|---|
      | 1 | 2 |

      <details>
      <summary>Hint</summary>

      inside

      </details>

      <!-- predict: a -->

      ```swift
      let a = 1
      ```

      ```text output
      ```

      <!-- claim: c source=s -->
      > said

      ```swift claim=c
      verdict(holds: true)  // => holds
      ```
      <!-- end -->

      <!-- for: cs-student -->
      prose
      <!-- end -->
      """)
    #expect(
      parsed.lines == [4, 6, 9, 12, 15, 18, 20, 24, 26, 28, 32, 35, 39, 46, 48, 52, 55, 63])
    #expect(parsed.found == ["html-ignored:32"])
    #expect(parsed.chapter.steps.map(\.line) == [48, 58])
    #expect(parsed.chapter.steps.map(\.codeLine) == [49, 59])
    guard case .details(let summary, let inside) = parsed.kinds[12],
      case .claim("c", "s", let claim) = parsed.kinds[16],
      case .audience(["cs-student"], let prose) = parsed.kinds[17]
    else {
      Issue.record("regions were not read: \(parsed.kinds)")
      return
    }
    #expect(summary == [.text("Hint")])
    #expect(inside == [Block(.paragraph([.text("inside")]), line: 42)])
    #expect(claim.map(\.line) == [56, 58])
    #expect(prose == [Block(.paragraph([.text("prose")]), line: 64)])
  }

  @Test("numbers keep their lines behind breaks, code spans, definitions and titles")
  func linesOfNumbers() {
    let parsed = ParsedText(
      """
      [ref]: /url
      text [1](#a) and `code
      span` then [2](#a)
      *more
      words* [3](#a), [words
      in](#b "t") [4](#a)

      - item
        [5](#a)

        > deep
        > [6](#a)

      | head |
      |------|
      | [7](#a) |

      Number [8](#a
      "<") and [9](#a).

      1. <!-- a
         comment --> x

         y [10](#a)
      """)
    #expect(parsed.lines == [2, 8, 14, 18, 21])
    let lines = Dictionary(
      uniqueKeysWithValues: numbers(in: parsed.blocks).map { ($0.text, $0.line) })
    #expect(
      lines == [
        "1": 2, "2": 3, "3": 5, "4": 6, "5": 9, "6": 12, "7": 16, "8": 18, "9": 19, "10": 24,
      ])
  }

  @Test("lists keep their start, their looseness and their nesting")
  func lists() {
    let parsed = ParsedText.body("7. a\n8. b\n\n   c\n\n- x\n  - y\n")
    #expect(
      parsed.kinds == [
        .list(
          start: 7, isTight: false,
          items: [
            [Block(.paragraph([.text("a")]), line: 4)],
            [
              Block(.paragraph([.text("b")]), line: 5), Block(.paragraph([.text("c")]), line: 7),
            ],
          ]),
        .list(
          start: nil, isTight: true,
          items: [
            [
              Block(.paragraph([.text("x")]), line: 9),
              Block(
                .list(
                  start: nil, isTight: true, items: [[Block(.paragraph([.text("y")]), line: 10)]]),
                line: 10),
            ]
          ]),
      ])
  }

  @Test("inlines survive: emphasis, code, images, breaks, entities, raw HTML")
  func inlines() {
    let parsed = ParsedText.body(
      "*a **b*** `c` ![d *e*](f.png \"g\") [h](i)\\\nj &amp; \\* <b>k</b>\nl <https://m.n>")
    #expect(
      parsed.inlines == [
        .emphasis([.text("a "), .strong([.text("b")])]), .text(" "), .code("c"), .text(" "),
        .image(source: "f.png", title: "g", [.text("d "), .emphasis([.text("e")])]), .text(" "),
        .link(destination: "i", title: "", [.text("h")]), .lineBreak, .text("j & * "),
        .html("<b>"), .text("k"), .html("</b>"), .softBreak, .text("l "),
        .link(destination: "https://m.n", title: "", [.text("https://m.n")]),
      ])
    #expect(parsed.found == ["html-ignored:5", "html-ignored:5"])
  }

  @Test(
    "anchors follow GitHub's rule and stay unique",
    arguments: [
      ("# The grid, *really*", "the-grid-really"), ("# Ä `b_c` 1.5–2", "ä-b_c-152"),
      ("# !!!", "section"), ("# a  b", "a--b"), ("# x²", "x"),
    ])
  func anchors(heading: String, anchor: String) {
    let parsed = ParsedText.body(heading)
    guard case .heading(1, let found, _) = parsed.kinds.first else {
      Issue.record("no heading")
      return
    }
    #expect(found == anchor)
  }

  @Test("a repeated heading gets a number, never one that is taken")
  func repeatedAnchors() {
    let parsed = ParsedText.body("# a\n# a-1\n# a\n# a\n")
    let anchors = parsed.kinds.map { kind in
      if case .heading(_, let anchor, _) = kind { anchor } else { "" }
    }
    #expect(anchors == ["a", "a-1", "a-2", "a-3"])
  }

  @Test("the sample chapter's front matter, steps and numbers are read without a word")
  func sample() {
    let parsed = ParsedText(SampleChapter.text)
    #expect(parsed.diagnostics == [])
    #expect(parsed.chapter.frontMatter.title == "The integer grid")
    #expect(parsed.chapter.frontMatter.minutes == 20)
    #expect(parsed.chapter.frontMatter.numbers == ["-2.4", "3.6", "1.0"])
    #expect(parsed.chapter.frontMatter.sources == ["jacob2018", "nagel2021"])
    #expect(parsed.chapter.steps.map(\.id) == ["grid", "one", "step-3"])
    #expect(
      numbers(in: parsed.blocks).map(\.target) == [
        "grid.scale", "grid.zeroPoint", "steps", "even", "away", "worst", "half",
      ])
    #expect(parsed.chapter.source == SampleChapter.text)
  }
}
