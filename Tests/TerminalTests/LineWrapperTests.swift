import Terminal
import Testing

/// Wrapping.
///
/// Evidence: by hand and by law, over seeded texts.
@Suite("Wrapping lines")
struct LineWrapperTests {
  private func wrap(_ text: String, _ width: Int) -> [String] {
    LineWrapper(width: width).lines([Span(text)]).map { $0.text(usesColor: false) }
  }

  @Test("words stay whole where they fit, and spaces at a line's end go away")
  func words() {
    #expect(wrap("one two three", 7) == ["one two", "three"])
    #expect(wrap("one two three", 8) == ["one two", "three"])
    #expect(wrap("one  two", 3) == ["one", "two"])
    #expect(wrap("a\nb", 9) == ["a", "b"])
    #expect(wrap("", 9) == [""])
    #expect(wrap("abcdefgh", 3) == ["abc", "def", "gh"])
    #expect(wrap("x abcdefgh", 4) == ["x", "abcd", "efgh"])
  }

  @Test("wide characters part anywhere, and never stick out")
  func wide() {
    #expect(wrap("漢字かな", 4) == ["漢字", "かな"])
    #expect(wrap("漢字かな", 5) == ["漢字", "かな"])
    #expect(wrap("a漢b字", 3) == ["a漢", "b字"])
    #expect(wrap("漢", 1) == ["·"])
  }

  @Test("code is cut without losing a character")
  func code() {
    let lines = LineWrapper(width: 6).cutLines([Span("let  value = 1")])
    #expect(lines.flatMap { $0.spans.map(\.text) }.joined() == "let  value = 1")
    #expect(lines.allSatisfy { $0.width <= 6 })
  }

  @Test("code is cut where it can be read on, and what is carried over may be narrower")
  func carried() {
    func cut(_ text: String, _ width: Int, _ indent: Int) -> [String] {
      LineWrapper(width: width).cutLines([Span(text)], leaving: indent).map {
        $0.text(usesColor: false)
      }
    }
    #expect(
      cut("measured.difference(from: other)", 24, 0) == ["measured.difference(", "from: other)"])
    #expect(cut("measuredValues.difference()", 20, 0) == ["measuredValues", ".difference()"])
    #expect(cut("let value = 123456.789012", 22, 0) == ["let value =", "123456.789012"])
    #expect(cut("aaaaaaaa bbbb cccc", 9, 4) == ["aaaaaaaa", "bbbb", "cccc"])
    #expect(cut("漢漢漢", 4, 3) == ["漢漢", "漢"])
  }

  @Test("no line is longer than the width, and no word is lost", arguments: 1...80)
  func law(width: Int) {
    let words = [
      "a", "to", "the", "漢字", "🙂", "e\u{301}a", "internationalization", "0.0235", "\n", "  ",
    ]
    var state: UInt64 = UInt64(width) &* 0x9E37_79B9_7F4A_7C15
    var text = ""
    for _ in 0..<120 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      text += words[Int(state >> 33) % words.count] + (state >> 40 & 3 == 0 ? "" : " ")
    }
    let wrapper = LineWrapper(width: width)
    let lines = wrapper.lines([Span(text)])
    #expect(lines.allSatisfy { $0.width <= width })
    let cut = wrapper.cutLines([Span(text)])
    #expect(cut.allSatisfy { $0.width <= width })
    guard width > 1 else { return }  // one column has no room for a wide character
    func letters(_ lines: [StyledLine]) -> String {
      lines.flatMap { $0.spans.map(\.text) }.joined().filter { !$0.isWhitespace }
    }
    #expect(letters(lines) == text.filter { !$0.isWhitespace })
    #expect(cut.flatMap { $0.spans.map(\.text) }.joined() == text.filter { $0 != "\n" })
  }

  @Test("a path or an address that fills lines alone is parted after its slashes")
  func paths() {
    let lines = LineWrapper(width: 12).lines([Span("in /tmp/some/long-name/x.swift")])
    #expect(
      lines.map { $0.text(usesColor: false) } == ["in", "/tmp/some/", "long-name/", "x.swift"])
  }

  @Test("styles survive the wrap")
  func styles() {
    let lines = LineWrapper(width: 5).lines([Span("one ", .bold), Span("two three")])
    #expect(lines.map { $0.text(usesColor: true) } == ["\u{1B}[1mone\u{1B}[0m", "two", "three"])
  }
}
