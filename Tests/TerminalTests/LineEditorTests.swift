import Terminal
import Testing

/// A line being typed.
///
/// Evidence: by hand, by law (the view always fits).
@Suite("Typing a line")
struct LineEditorTests {
  private func edited(_ text: String, _ keys: [TerminalKey]) -> (String, Int) {
    var editor = LineEditor(text)
    for key in keys { #expect(editor.take(key) == .edited) }
    return (editor.text, editor.cursor)
  }

  @Test("letters go where the cursor is, and keys move and delete")
  func keys() {
    #expect(edited("ac", [.left, .character("b")]) == ("abc", 2))
    #expect(edited("abc", [.control("a"), .delete]) == ("bc", 0))
    #expect(edited("abc", [.home, .control("d"), .end, .backspace]) == ("b", 1))
    #expect(edited("one two", [.control("w")]) == ("one ", 4))
    #expect(edited("one two ", [.control("w"), .control("w")]) == ("", 0))
    #expect(edited("one two", [.wordLeft, .control("u")]) == ("two", 0))
    #expect(edited("one two", [.home, .wordRight, .control("k")]) == ("one", 3))
    #expect(edited("ab", [.left, .left, .left, .backspace, .right, .right, .right]) == ("ab", 2))
    #expect(edited("ab", [.delete, .up, .pageDown, .unknown]) == ("ab", 2))
  }

  @Test("what a reader sees as one character is one")
  func characters() {
    // e and a combining acute accent are one character; so is a family.
    #expect(edited("", [.character("e"), .character("\u{301}")]) == ("e\u{301}", 1))
    #expect(edited("e\u{301}x", [.left, .backspace]) == ("x", 0))
    #expect(edited("👩‍👩‍👧a", [.backspace, .backspace]) == ("", 0))
  }

  @Test("a line ends by Enter, Escape, or Ctrl-D while it is empty")
  func endings() {
    var editor = LineEditor("a")
    #expect(editor.take(.control("d")) == .edited)
    #expect(editor.take(.enter) == .submitted)
    #expect(editor.take(.escape) == .cancelled)
    var empty = LineEditor()
    #expect(empty.take(.control("d")) == .ended)
  }

  @Test("Tab goes through what begins so, then what holds it")
  func completion() {
    var editor = LineEditor("gr", completingTo: ["one", "grid", "the grid", "Group"])
    var seen: [String] = []
    for _ in 0..<4 {
      #expect(editor.take(.tab) == .edited)
      seen.append(editor.text)
    }
    #expect(seen == ["grid", "Group", "the grid", "grid"])
    #expect(editor.take(.backspace) == .edited)
    #expect(editor.take(.tab) == .edited)
    #expect(editor.text == "grid")
    var other = LineEditor("zzz", completingTo: ["one"])
    #expect(other.take(.tab) == .edited)
    #expect(other.text == "zzz")
  }

  @Test("of a long line the part around the cursor is shown", arguments: 2...30)
  func view(width: Int) {
    var editor = LineEditor("漢字 and letters, e\u{301} and 🙂, longer than any of the widths")
    for step in 0..<60 {
      let (text, column) = editor.view(width: width)
      #expect(DisplayWidth.of(text) <= width - 1)
      #expect((0..<width).contains(column))
      let before = String(Array(editor.text)[..<editor.cursor])
      // What stands left of the cursor on the screen stands left of it in the line.
      var shown = ""
      for character in text {
        guard DisplayWidth.of(shown) < column else { break }
        shown.append(character)
      }
      #expect(before.hasSuffix(shown), "\(step): \(text)")
      _ = editor.take(.left)
    }
  }

  @Test("the cursor of wide characters stands behind them")
  func wide() {
    var editor = LineEditor("漢字")
    #expect(editor.view(width: 10) == ("漢字", 4))
    _ = editor.take(.left)
    #expect(editor.view(width: 10) == ("漢字", 2))
    #expect(editor.view(width: 3) == ("漢", 2))
  }
}
