import Terminal
import Testing

/// Columns of text.
///
/// Evidence: by hand, after Unicode's East Asian Width and emoji data.
@Suite("Display width")
struct DisplayWidthTests {
  @Test(
    "a text takes the columns a terminal gives it",
    arguments: [
      ("", 0), ("abc", 3), ("−71·10⁻⁴", 8), ("Σᵢ xᵢ²", 6), ("─│┆▏█⣿✓✗", 8),
      ("漢字", 4), ("ひらがな", 8), ("한국", 4), ("ＡＢ", 4), ("ｱ", 1),
      ("e\u{301}", 1), ("n\u{303}o\u{302}", 2), ("\u{1112}\u{1161}\u{11AB}", 2), ("ก็", 1),
      ("🙂", 2), ("👩‍👩‍👧", 2), ("👍🏽", 2), ("🇩🇪", 2), ("❤\u{FE0F}", 2), ("❤\u{FE0E}", 1),
      ("a\u{200B}b", 2), ("\u{AD}", 0), ("ß½é", 3),
    ])
  func widths(text: String, columns: Int) {
    #expect(DisplayWidth.of(text) == columns)
  }
}
