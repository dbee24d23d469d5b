import Course
import Testing

/// Evidence: by hand.
@Suite("Bare numbers")
struct BareNumberLintTests {
  private func bare(
    _ inlines: [Inline], numbers: [String] = [], heading: Bool = false
  ) -> [String] {
    let kind: Block.Kind =
      heading ? .heading(level: 2, anchor: "", inlines) : .paragraph(inlines)
    let chapter = Chapter(
      id: "c", path: "c.md", source: "", frontMatter: FrontMatter(numbers: numbers),
      blocks: [Block(kind, line: 4)], steps: [])
    return BareNumberLint.diagnostics(of: chapter).compactMap { diagnostic in
      #expect(diagnostic.id == "bare-number" && diagnostic.path == "c.md")
      let start = "nothing proves "
      let rest = diagnostic.summary.dropFirst(start.count)
      return rest.firstRange(of: "; link").map { String(rest[..<$0.lowerBound]) }
    }
  }

  @Test(
    "decimals are found",
    arguments: [
      ("The error is 0.035.", ["0.035"]),
      ("from −2.4 to 3.6", ["−2.4", "3.6"]),
      ("−2.4…3.6 and 1.5–2.5 and 0.1...0.2", ["−2.4", "3.6", "1.5", "2.5", "0.1", "0.2"]),
      ("0.5 dB, 0.5dB, 4.5-bit, 3.5x", ["0.5", "0.5", "4.5", "3.5"]),
      ("1e-3 and 2E5, 6.1e-05", ["1e-3", "2E5", "6.1e-05"]),
      ("10⁻⁴ and 6.1·10⁻⁵ and 10^-3", ["10⁻⁴", "6.1·10⁻⁵", "10^-3"]),
      ("39.5% of 1,024.25", ["39.5%", "1,024.25"]),
      ("(.5)", [".5"]), ("a step of 0.5", ["0.5"]), ("by 0.5", ["0.5"]),
      ("2×0.25", ["0.25"]), ("x=0.25", ["0.25"]), ("≈0.25", ["0.25"]),
      ("0.25 0.5", ["0.25", "0.5"]),
      ("a figure of 3.5", ["3.5"]),
    ])
  func found(text: String, decimals: [String]) {
    #expect(bare([.text(text)]) == decimals)
  }

  @Test(
    "what only looks like one is not",
    arguments: [
      "It is 5. Then 6.", "In 2018, 1,024 codes; 256 of them", "version 1.2.3 and 10.0.0.1",
      "Swift 6.3 and CC BY 4.0", "v0.3, Qwen2.5, Llama-3.1-8B, b1.58, INT4, e8", "§3.1 and § 3.2",
      "section 3.1, Sections 3.1, 3.2 and 3.4, Table 2.1", "sections 3.1–3.4", "Fig. 3.2 (eq. 4.5)",
      "chapter 2.1", "arXiv:2210.17323 and 2210.17323v2", "doi:10.1145/3579371.3589038",
      "10.48550/arXiv.2210.17323", "2⁸ codes, x², 3:1, 1/3, 12:30, 1–2", "4-bit, 128-wide",
      "Qwen2.5-0.5B",
    ])
  func exempt(text: String) {
    #expect(bare([.text(text)]) == [])
  }

  @Test("listed numbers pass, sign and typography aside")
  func listed() {
    let text = [Inline.text("−2.4…3.6, 2.4, 1.0, 39.5%, 10⁻⁴ and 1e-4, but 1.00 and 2.40")]
    #expect(
      bare(text, numbers: ["-2.4", "3.6", "1.0", "39.5", "1e-4"]) == ["1.00", "2.40"])
  }

  @Test("links of numbers, code and formulas are not prose; other links and emphasis are")
  func inlines() {
    let proven = Inline.proven(ProvenNumber(text: "0.5", target: "x", relation: nil, line: 4))
    #expect(
      bare([.text("0"), proven, .text(".5 "), .code("0.5"), .math("0.5"), .citation("x2.5")]) == [])
    #expect(
      bare([
        .strong([.text("0.5")]), .text(" "),
        .link(destination: "http://1.5", title: "2.5", [.text("3.5")]),
      ]) == ["0.5", "3.5"])
  }

  @Test("a heading's own number is not a decimal, another one is")
  func headings() {
    #expect(bare([.text("3.1 The grid")], heading: true) == [])
    #expect(bare([.text("The grid at 3.1")], heading: true) == ["3.1"])
    #expect(bare([.text("0.5 is a step")], heading: true) == ["0.5"])
  }

  @Test("lines are those of the text, in paragraphs, tables and nested blocks")
  func lines() {
    let cell: [Inline] = [.text("0.5")]
    let paragraph = Block(
      .paragraph([.text("a"), .softBreak, .strong([.text("b"), .softBreak, .text("0.5")])]), line: 7
    )
    let blocks = [
      Block(.table(alignments: [], header: [cell], rows: [[cell], [cell]]), line: 1),
      paragraph,
      Block(.claim(id: "c", source: "s", [Block(.quote([paragraph]), line: 7)]), line: 6),
      Block(.details(summary: cell, []), line: 20),
      Block(.list(start: 1, isTight: true, items: [[paragraph], [paragraph]]), line: 7),
      Block(.code(info: "", text: "0.5"), line: 30), Block(.math("0.5"), line: 31),
      Block(.output("0.5"), line: 32), Block(.html("0.5"), line: 33),
    ]
    let chapter = Chapter(
      id: "c", path: "c.md", source: "", frontMatter: FrontMatter(), blocks: blocks, steps: [])
    #expect(
      BareNumberLint.diagnostics(of: chapter).map(\.line) == [1, 3, 4, 9, 9, 20, 9, 9])
  }

  @Test("any text is scanned to its end", arguments: 0..<30)
  func fuzz(seed: Int) {
    var random = ExpectationRandom(seed: UInt64(seed) + 5000)
    let pieces = [
      "0.5", ".", "-", "−", "…", "10", "⁻", "⁴", "^", "e", "E-", "%", " ", ",", "1,024", "·", "×",
      "§", "section ", "Table", "(", "a", "é", "2", "/", "v", "–", "and ", "1.2.3",
    ]
    for _ in 0..<300 {
      let text = (0..<14).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
      for found in bare([.text(text)]) {
        #expect(text.contains(found) || found.hasPrefix("."))
      }
    }
  }
}
