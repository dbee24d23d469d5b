import Terminal
import Testing

/// The line at the bottom.
///
/// Evidence: by hand, by law (it fits).
@Suite("Status line")
struct StatusLineTests {
  private var line: StatusLine {
    var line = StatusLine()
    line.chapter = "01-the-integer-grid"
    line.place = "step 3 of 12"
    line.seconds = 400
    line.keys = [
      .init("Enter", "runs it"), .init("b", "back"), .init("w", "what if"), .init("h", "help"),
    ]
    return line
  }

  @Test("what matters least goes first when there is little room")
  func forms() {
    #expect(
      line.text(width: 100)
        == "─ 01-the-integer-grid · step 3 of 12 · 6 min · Enter runs it · b back · w what if · h help")
    #expect(
      line.text(width: 80)
        == "─ chapter 1 · step 3 of 12 · 6 min · Enter runs it · b back · w what if · h help")
    #expect(
      line.text(width: 79)
        == "─ step 3 of 12 · 6 min · Enter runs it · b back · w what if · h help")
    #expect(line.text(width: 60) == "─ step 3 of 12 · Enter runs it · b back · w what if · h help")
    #expect(line.text(width: 59) == "─ step 3 of 12 · Enter runs it · b back · h help")
    #expect(line.text(width: 39) == "─ step 3 of 12 · Enter runs it · h help")
    #expect(line.text(width: 28) == "─ 3/12 · Enter runs it")
  }

  @Test("it fits", arguments: 19...140)
  func fits(width: Int) {
    #expect(DisplayWidth.of(line.text(width: width)) <= width)
    #expect(line.text(width: width).contains("Enter"))
  }

  @Test(
    "time is counted in minutes",
    arguments: [(0, ""), (59, ""), (60, "1 min"), (3599, "59 min"), (3660, "1 h 1 min")]
      as [(Double, String)])
  func time(seconds: Double, words: String) {
    #expect(StatusLine.time(seconds) == words)
  }
}
