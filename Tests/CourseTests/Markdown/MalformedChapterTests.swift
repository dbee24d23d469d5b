import Course
import Testing

/// By hand: each broken file, and the diagnostics with their lines that a person would expect.
@Suite("Chapter parser: malformed files")
struct MalformedChapterTests {
  @Test("an empty file, or one of blank lines, is an error and a chapter without blocks")
  func empty() {
    for text in ["", "\n\n", "   \n", "---\ntitle: x\n---\n", "\u{FEFF}"] {
      let parsed = ParsedText(text)
      #expect(parsed.found == ["empty-chapter:1"], "\(text.debugDescription)")
      #expect(parsed.blocks.isEmpty)
    }
  }

  @Test("invalid UTF-8 is named once with its line, and the rest is read")
  func invalidBytes() {
    let bytes =
      Array("# a\n\nb ".utf8) + [0xC3, 0x28] + Array("\n\n".utf8) + [0xFF]
      + Array("\n```swift\nlet a = 1\n```\n".utf8)
    let parsed = ParsedText(bytes: bytes)
    #expect(parsed.found == ["missing-title:1", "invalid-utf8:3"])
    #expect(parsed.diagnostics[1].summary.contains("0xC3 at column 3"))
    #expect(parsed.chapter.steps.map(\.line) == [6])
  }

  @Test("a byte sequence cut off at the end of the file, and UTF-16, are named")
  func truncatedBytes() {
    #expect(ParsedText(bytes: [0x61, 0x0A, 0xE2, 0x88]).found.last == "invalid-utf8:2")
    let wide = ParsedText(bytes: [0xFF, 0xFE, 0x61, 0x00])
    #expect(wide.diagnostics.map(\.summary).contains { $0.contains("UTF-16") })
  }

  @Test("a NUL is named with its line and reads as a replacement character")
  func nul() {
    let parsed = ParsedText.body("a\n\nb\0c")
    #expect(parsed.found == ["nul-character:6"])
    #expect(parsed.kinds.last == .paragraph([.text("b\u{FFFD}c")]))
  }

  @Test("CRLF and lone CR end lines; numbers and text are those of the same file with LF")
  func lineEnds() {
    let plain = ParsedText(SampleChapter.text)
    for end in ["\r\n", "\r"] {
      let parsed = ParsedText(SampleChapter.text.replacing("\n", with: end))
      #expect(parsed.blocks == plain.blocks)
      #expect(parsed.chapter.steps == plain.chapter.steps)
      #expect(parsed.chapter.source == plain.chapter.source)
      #expect(parsed.diagnostics.isEmpty)
    }
    let marked = ParsedText("\u{FEFF}" + SampleChapter.text)
    #expect(marked.blocks == plain.blocks)
  }

  @Test("without front matter the first heading, else the id, is the title")
  func noFrontMatter() {
    #expect(ParsedText("Text\n\n## Named *so*\n").chapter.frontMatter.title == "Named so")
    let parsed = ParsedText("Text")
    #expect(parsed.chapter.frontMatter.title == "01-test")
    #expect(parsed.found == ["missing-title:1"])
    #expect(parsed.diagnostics.allSatisfy { $0.severity == .warning })
  }

  @Test(
    "front matter that is wrong is named with its line",
    arguments: [
      ("---\ntitle: a\nno end\n\n# x\n", ["unterminated-front-matter:1", "yaml:3"]),
      ("---\ntitle: a\n", ["unterminated-front-matter:1", "empty-chapter:1"]),
      ("---\npart: b\n---\nx", ["missing-title:1"]),
      ("---\ntitle:\n---\nx", ["missing-title:2"]),
      ("---\ntitle: a\ntitel: b\n---\nx", ["unknown-key:3"]),
      ("---\ntitle: a\nminutes: soon\n---\nx", ["front-matter-type:3"]),
      ("---\ntitle: a\nminutes: -3\n---\nx", ["front-matter-type:3"]),
      ("---\ntitle: [a]\n---\nx", ["front-matter-type:2"]),
      ("---\ntitle: a\nneeds: b\n---\nx", ["front-matter-type:3"]),
      ("---\ntitle: a\nsources: [[b]]\n---\nx", ["front-matter-type:3"]),
      ("---\n- title\n---\nx", ["front-matter-type:2"]),
      ("---\ntitle: a\npart: b: c\n---\nx", ["yaml:3"]),
      ("---\ntitle: a\npart: [b\n---\nx", ["yaml:3"]),
      ("---\ntitle: a\ntitle: b\n---\nx", ["yaml:2"]),
      ("---\n\ttitle: a\n---\nx", ["yaml:2"]),
      ("\n---\ntitle: a\n---\nx", ["front-matter-not-first:2"]),
      ("---\n---\nx", ["missing-title:1"]),
    ])
  func frontMatter(text: String, found: [String]) {
    #expect(ParsedText(text).found == found)
  }

  @Test("an unknown key comes with the nearest known one")
  func nearestKey() {
    let parsed = ParsedText("---\ntitle: a\nminuts: 3\n---\nx")
    #expect(parsed.diagnostics.first?.summary.hasSuffix("did you mean minutes?") == true)
  }

  @Test(
    "fences, regions and directives that are wrong are named with their line",
    arguments: [
      ("```swift\nlet a = 1\n", ["unterminated-fence:4"]),
      ("```\nlet a = 1\n", ["unterminated-fence:4"]),
      ("> ```swift\n> let a = 1\n\nx", ["unterminated-fence:4"]),
      ("    ```swift\n\n    x\n", []),
      ("```Swift\nlet a = 1\n```", ["fence-language:4"]),
      ("<details><summary>a</summary>\n\nx\n", ["unclosed-details:4"]),
      ("x\n\n</details>\n", ["unmatched-end:6"]),
      ("<details>\n```swift\nlet a = 1\n```\n</details>\n", ["fence-in-html:5"]),
      ("<details><summary>a</summary> text\n\n</details>\n", ["text-beside-html:4"]),
      ("<summary>a</summary>\n", ["summary-outside-details:4"]),
      ("<!-- note --> text\n", ["text-beside-html:4"]),
      ("<!-- for: cs-student -->\nx\n", ["unclosed-audience:4"]),
      ("<!-- for: -->\nx", ["unknown-persona:4"]),
      ("x\n<!-- end -->\n", ["unmatched-end:5"]),
      ("<!-- claim: a -->\nx\n<!-- end -->", ["claim-syntax:4", "unmatched-end:6"]),
      ("<!-- predcit: a -->\n\nx", ["unknown-directive:4"]),
      ("<!-- predict: -->\n\nx", ["predict-name:4"]),
      ("<!-- predict: a -->\n\nx", ["predict-without-step:4"]),
      ("x <!-- predict: a -->", ["directive-in-text:4"]),
      ("<!-- end for -->\n", ["unknown-directive:4", "empty-chapter:1"]),
      ("<!-- TODO: write more; note: end of part -->\n\nx", []),
      ("```text output\nx\n```", ["output-without-step:4"]),
      ("```math\nx + {y\n\n", ["unterminated-fence:4", "tex:5"]),
      ("```math\nx\n\\foo\n```", ["tex:6"]),
      ("a\nb $`\\frac{1}`$", ["tex:5"]),
      ("[3](#)", ["value-name:4"]),
      ("[3](#a \"about\")", ["unknown-relation:4"]),
      ("word<!--=a-->", ["value-without-number:4"]),
      ("3<!--=-->", ["value-name:4"]),
      ("[@a, p. 3]", ["citation-syntax:4"]),
    ])
  func body(text: String, found: [String]) {
    #expect(Set(ParsedText.body(text).found) == Set(found), "\(text)")
  }

  @Test("what stands a hundred thousand deep is cut, not followed")
  func depth() {
    for text in [
      String(repeating: ">", count: 100_000) + "x", String(repeating: "- ", count: 20_000) + "x",
      String(repeating: "<details>\n\n", count: 2_000),
      String(repeating: "*a **b ", count: 20_000),
      String(repeating: "*", count: 60_000) + "a" + String(repeating: "*", count: 60_000),
      "```math\n" + String(repeating: "{", count: 100_000) + "\n```",
      "---\ntitle: " + String(repeating: "[", count: 100_000) + "\n---\nx",
    ] {
      let parsed = ParsedText(text)
      #expect(Self.depth(parsed.blocks) <= 130)
    }
  }

  private static func depth(_ blocks: [Block]) -> Int {
    1
      + (blocks.map { block in
        switch block.kind {
        case .quote(let inner), .details(_, let inner): depth(inner)
        case .list(_, _, let items): items.map(depth).max() ?? 0
        default: 0
        }
      }.max() ?? 0)
  }
}
