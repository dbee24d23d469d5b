import Course
import Testing

/// By hand: the course's additions to CommonMark's inlines, and its tables.
@Suite("Chapter parser: numbers, formulas, citations, tables")
struct ChapterInlineTests {
  @Test(
    "a link with a number as text is a proven number",
    arguments: [
      ("[0.0235](#grid.scale)", "0.0235", "grid.scale", nil),
      ("[−71](#code)", "−71", "code", nil),
      ("[1,024](#levels.count(where:positive))", "1,024", "levels.count(where:positive)", nil),
      ("[10⁻⁴](#e8 \"<\")", "10⁻⁴", "e8", "<"),
      ("[39%](#share '≥')", "39%", "share", ">="),
      ("[6.1·10⁻⁵](#a[0]<b)", "6.1·10⁻⁵", "a[0]<b", nil),
      ("[3](#count%10)", "3", "count%10", nil),
      ("[3](#names%5B%22a%22%5D)", "3", "names[\"a\"]", nil),
      ("[3](#größe)", "3", "größe", nil),
      ("[3](<#f(a,(b)>)", "3", "f(a,(b)", nil),
      ("[3](#\\(a\\))", "3", "(a)", nil),
    ] as [(String, String, String, String?)])
  func links(markdown: String, text: String, target: String, relation: String?) {
    let parsed = ParsedText.body(markdown)
    #expect(
      parsed.inlines
        == [.proven(ProvenNumber(text: text, target: target, relation: relation, line: 4))])
    #expect(parsed.found == [])
  }

  @Test("emphasis around the number stays; other links are links")
  func otherLinks() {
    let number = Inline.proven(ProvenNumber(text: "3", target: "a", relation: nil, line: 4))
    #expect(ParsedText.body("[**3**](#a)").inlines == [.strong([number])])
    #expect(ParsedText.body("**[3](#a)**").inlines == [.strong([number])])
    #expect(
      ParsedText.body("[three](#a)").inlines
        == [.link(destination: "#a", title: "", [.text("three")])])
    #expect(
      ParsedText.body("[3](a.md#b)").inlines
        == [.link(destination: "a.md#b", title: "", [.text("3")])])
  }

  @Test(
    "a value comment proves the number directly before it",
    arguments: [
      ("costs 6.10e-05<!--=e8--> in all", "costs ", "6.10e-05", " in all"),
      ("(−71<!-- = e8 -->)", "(", "−71", ")"), ("x=39%<!--=e8-->", "x=", "39%", ""),
      ("0.1–0.25<!--=e8-->.", "0.1–", "0.25", "."),
    ])
  func comments(markdown: String, before: String, text: String, after: String) {
    let number = Inline.proven(ProvenNumber(text: text, target: "e8", relation: nil, line: 4))
    #expect(
      ParsedText.body(markdown).inlines
        == (before.isEmpty ? [] : [.text(before)]) + [number]
        + (after.isEmpty ? [] : [.text(after)]))
  }

  @Test("a digit inside a word, or a word, is no number")
  func noNumber() {
    for markdown in ["int8<!--=a-->", "v1.2.3<!--=a-->", "<!--=a-->", "a <!--=a-->"] {
      #expect(ParsedText.body("x " + markdown).found == ["value-without-number:4"], "\(markdown)")
    }
  }

  @Test("a code span between dollars is a formula; dollars elsewhere are dollars")
  func formulas() {
    #expect(
      ParsedText.body("a $`s_1`$$`t`$, $5 and `x`$").inlines == [
        .text("a "), .math("s_1"), .math("t"), .text(", $5 and "), .code("x"), .text("$"),
      ])
  }

  @Test("comments in text vanish and leave one text")
  func dropped() {
    #expect(ParsedText.body("a<!-- note -->b").inlines == [.text("ab")])
  }

  @Test("citations are split, joined over a line end, and looked up")
  func citations() {
    let sources = Bibliography(entries: [
      Source(id: "frantar2022", title: "GPTQ"), Source(id: "lin2023", title: "AWQ"),
    ])
    let parsed = ParsedText.body(
      "See [@frantar2022;\n@lin2023], not [@frantar2202].", bibliography: sources)
    #expect(
      parsed.inlines == [
        .text("See "), .citation("frantar2022"), .citation("lin2023"), .text(", not "),
        .citation("frantar2202"), .text("."),
      ])
    #expect(parsed.found == ["unknown-citation:4"])
    #expect(parsed.diagnostics[0].summary.contains("did you mean frantar2022"))
    #expect(ParsedText.body("[@any]").found == [])
    let none = Bibliography(entries: [], isFromFile: false)
    #expect(ParsedText.body("[@any]", bibliography: none).found == ["unknown-citation:4"])
  }

  @Test("front matter sources are looked up where there is a bibliography")
  func sources() {
    let text = "---\ntitle: a\nsources:\n  - b\n  - c\n---\nx"
    let known = Bibliography(entries: [Source(id: "b", title: "B")])
    #expect(ParsedText(text, bibliography: known).found == ["unknown-source:5"])
    let none = Bibliography(entries: [], isFromFile: false)
    #expect(ParsedText(text, bibliography: none).found == [])
  }

  @Test("a pipe table: alignments, escaped bars, bars in code, short and long rows")
  func table() {
    let parsed = ParsedText.body(
      """
      Before
      a | `b|c` | d \\| *e*
      :-- | --: | :-:
      | 6.1e-05<!--=e8--> | [x][ref] |
      | 1 | 2 | 3 | 4 |

      [ref]: /there
      """)
    #expect(parsed.lines == [4, 5])
    #expect(parsed.kinds[0] == .paragraph([.text("Before")]))
    #expect(
      parsed.kinds[1]
        == .table(
          alignments: [.left, .right, .center],
          header: [[.text("a")], [.code("b|c")], [.text("d | "), .emphasis([.text("e")])]],
          rows: [
            [
              [.proven(ProvenNumber(text: "6.1e-05", target: "e8", relation: nil, line: 7))],
              [.link(destination: "/there", title: "", [.text("x")])], [],
            ],
            [[.text("1")], [.text("2")], [.text("3")]],
          ]))
    #expect(parsed.found == ["table-bar-in-code:5", "table-row:8"])
  }

  @Test("cells that look like blocks are text, and a quoted table is a table")
  func cells() {
    let parsed = ParsedText.body("> | # a # | - b |\n> |---|---|\n> | 1. c |  |\n")
    #expect(
      parsed.kinds == [
        .quote([
          Block(
            .table(
              alignments: [.natural, .natural], header: [[.text("# a #")], [.text("- b")]],
              rows: [[[.text("1. c")], []]]), line: 4)
        ])
      ])
  }

  @Test(
    "what only resembles a table is a paragraph",
    arguments: ["a | b\n--- | --- | ---", "| a |\n| b |", "a | b\n- | x", "|\nb"])
  func noTable(markdown: String) {
    let parsed = ParsedText.body(markdown)
    #expect(
      !parsed.kinds.contains { if case .table = $0 { true } else { false } })
  }
}
