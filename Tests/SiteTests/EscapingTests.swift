import Course
import Site
import StepRecords
import Testing

/// Nothing that a chapter says becomes markup.
///
/// Evidence: by law, over hostile texts in every place.
@Suite("Escaping")
struct EscapingTests {
  static let hostile = [
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onclick='alert(1)",
    "javascript:alert(1)", "JaVa\tScript:alert(1)", " \u{1}javascript:alert(1)", "//evil.example/x",
    "data:text/html,<script>alert(1)</script>", "</pre></code></main></body>", "]]><!--", "-->",
    "&lt;b&gt; &amp; &#60;", "{{title}} {{{main}}} {{#parts}}", "a\u{0}b\u{1B}[31mc\u{7F}\u{FFFE}",
    "\u{202E}txt.exe", "line\r\nline\u{2028}line", "", " ", "🙂 e\u{301} 漢字", "../../etc/passwd#x",
  ]

  @Test("a hostile text in every place of a chapter stays text", arguments: hostile)
  func everyPlace(text: String) throws {
    let chapter = Self.chapter(of: text)
    let result = Self.result(of: text, chapter: chapter)
    let site = try Fixture.site([chapter], results: [result])
    let plain = try Fixture.site(
      [Self.chapter(of: "x")],
      results: [
        Self.result(of: "x", chapter: Self.chapter(of: "x"))
      ])
    for page in site.pages {
      let markup = try MarkupReader.read(try Fixture.main(site, page.path))
      let known = try MarkupReader.read(try Fixture.main(plain, page.path))
      // No element that the same page without the hostile text does not have, and no handler.
      let harmless: Set = [
        "span", "code", "a", "br", "math", "mi", "mn", "mo", "mrow", "msub", "msup", "msubsup",
        "mtext", "mspace", "mfrac", "mover",
      ]
      let elements = Set(known.elements.map(\.name)).union(harmless)
      #expect(Set(markup.elements.map(\.name)).subtracting(elements) == [])
      for element in markup.elements {
        for (name, value) in element.attributes {
          #expect(!name.hasPrefix("on"), "\(element.name) \(name)")
          guard name == "href" || name == "src" else { continue }
          let scheme = value.prefix { !"/?#".contains($0) }
          let isRelative = !scheme.contains(":") && !value.hasPrefix("//")
          let isFollowed = ["https:", "http:", "mailto:"].contains { value.hasPrefix($0) }
          #expect(isRelative || isFollowed, "\(name)=\(value)")
        }
      }
      #expect(!page.html.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" && $0 != "\t" })
    }
  }

  @Test(
    "only addresses that lead somewhere harmless are followed",
    arguments: [
      ("https://example.org/a b", .external("https://example.org/a%20b")),
      ("mailto:a@b.c", .external("mailto:a@b.c")), ("#one", .anchor("one")),
      ("02-more.md#x", .path("02-more.md", fragment: "x")), ("javascript:alert(1)", .refused),
      ("java\nscript:alert(1)", .refused), ("vbscript:x", .refused), ("data:text/html,x", .refused),
      ("//example.org", .refused), ("\\\\example.org", .refused), ("", .refused), ("  ", .refused),
      ("file:///etc/passwd", .refused), ("a/b:c", .path("a/b:c", fragment: nil)),
    ] as [(String, LinkDestination)])
  func destinations(written: String, sorted: LinkDestination) {
    #expect(LinkDestination(written) == sorted)
  }

  @Test("escaping is undone by a reader, whatever the text", arguments: hostile)
  func roundTrip(text: String) throws {
    let markup = try MarkupReader.read(
      "<i title=\"\(HTMLText.escaped(text))\">\(HTMLText.escaped(text))</i>")
    #expect(markup.text == HTMLText.legible(text))
  }

  /// A chapter built by hand with the text wherever a text can stand.
  static func chapter(of text: String) -> Chapter {
    let inlines: [Inline] = [
      .text(text), .softBreak, .code(text), .emphasis([.text(text)]), .strong([.text(text)]),
      .link(destination: text, title: text, [.text(text)]),
      .image(source: text, title: text, [.text(text)]), .html(text), .math(text),
      .proven(ProvenNumber(text: text, target: text, relation: nil, line: 30)),
      .proven(ProvenNumber(text: "1", target: "value", relation: "<", line: 30)), .citation(text),
    ]
    let step = Step(
      id: "step \(text)", role: .plain, line: 20, codeLine: 21, code: "let value = 1 // \(text)\n",
      expectations: [
        Expectation(
          line: 21, statementLine: 21, statement: 0..<13, comment: 14..<17, expression: "value",
          isBinding: true, written: text, expected: .string(text))
      ], expectedOutput: ExpectedOutput(text: text, line: 23))
    let folded = Step(
      id: "folded \(text)", role: .wrong(exercise: text, failsAt: nil), isFolded: true, line: 25,
      codeLine: 26, code: "\(text)\n")
    let blocks: [Block] = [
      Block(.heading(level: 2, anchor: "one\(text)", inlines), line: 1),
      Block(.paragraph(inlines), line: 2),
      Block(.quote([Block(.paragraph(inlines), line: 3)]), line: 3),
      Block(
        .list(start: nil, isTight: true, items: [[Block(.paragraph(inlines), line: 4)]]), line: 4),
      Block(.code(info: text, text: text), line: 5), Block(.html(text), line: 6),
      Block(.math(text), line: 7),
      Block(.table(alignments: [.left], header: [inlines], rows: [[inlines]]), line: 8),
      Block(.details(summary: inlines, []), line: 9), Block(.predict(text), line: 10),
      Block(.step(0), line: 20), Block(.output(text), line: 23), Block(.step(1), line: 25),
      Block(.claim(id: text, source: text, [Block(.paragraph(inlines), line: 28)]), line: 28),
      Block(.audience([text], [Block(.paragraph(inlines), line: 29)]), line: 29),
    ]
    return Chapter(
      id: "01-grid", path: text, source: text,
      frontMatter: FrontMatter(
        title: text, part: text, question: text, minutes: 1, needs: [text], sources: [text]),
      blocks: blocks, steps: [step, folded])
  }

  static func result(of text: String, chapter: Chapter) -> ChapterResult {
    let judged = JudgedExpectation(
      line: 21, expression: text, expected: text, actual: text, value: .string(text), held: false)
    return ChapterResult(
      id: chapter.id, held: false, seconds: 0, isCached: false,
      steps: [
        StepOutcome(
          id: chapter.steps[0].id, line: 20, outcome: .didNotHold, expectations: [judged],
          output: text,
          results: [
            .shown(label: text, value: .described(text), unit: text),
            .table(ResultTable(title: text, columns: [text], rows: [[.string(text)]])),
            .chart(
              Chart(
                title: text, alternative: text, horizontal: Chart.Axis(text, unit: text),
                vertical: Chart.Axis(text),
                marks: [
                  .line(label: text, x: [1, 2], y: [1, 2]),
                  .bars(label: text, categories: [text], heights: [1]),
                  .heatmap(label: text, rows: [[1, 2]]),
                ])),
          ])
      ],
      diagnostics: [Diagnostic(id: text, path: text, line: 20, summary: text, notes: [text])])
  }
}
