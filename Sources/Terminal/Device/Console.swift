/// Writes text that scrolls, and one line at the bottom that is written over in place.
///
/// The cursor waits at the start of the bottom line, so that nothing above is touched when a terminal
/// becomes narrower and breaks that line anew: everything from the cursor on is erased, and no more.
/// Where a line is typed for every key there is no such line; a prompt stands in for it.
final class Console {
  let terminal: any StepperTerminal
  /// What stands at the bottom.
  private var bottom: String?
  private var bottomColumn = 0
  /// What is going on while the reader waits.
  var work = "running"

  init(_ terminal: any StepperTerminal) {
    self.terminal = terminal
  }

  var settings: TerminalSettings { terminal.settings }
  var isLive: Bool { terminal.readsKeys }

  /// Writes lines, all at once.
  func print(_ lines: [StyledLine]) {
    guard !lines.isEmpty else { return }
    let text = lines.map { $0.text(usesColor: settings.usesColor) + "\n" }.joined()
    terminal.write(erasure + text)
    bottom = nil
  }

  /// Sets the line at the bottom.
  ///
  /// - Parameters:
  ///   - line: Not wider than the terminal less one column.
  ///   - column: Where the cursor waits.
  func setBottom(_ line: StyledLine, cursorAt column: Int = 0) {
    guard isLive else { return }
    let text = line.text(usesColor: settings.usesColor)
    guard text != bottom || column != bottomColumn else { return }
    // A line over another one is written first and the rest of the old one erased then: no flicker.
    let start = bottom == nil ? "" : "\r"
    let place = column > 0 ? "\u{1B}[\(column)C" : ""
    terminal.write("\(start)\(text)\u{1B}[J\r\(place)")
    bottom = text
    bottomColumn = column
  }

  /// Takes the line at the bottom away.
  func clear() {
    if bottom != nil { terminal.write(erasure) }
    bottom = nil
  }

  /// Forgets what stands at the bottom: the terminal has another size, or was somebody else's.
  func refresh() {
    clear()
  }

  /// Asks for a line where lines are typed.
  ///
  /// - Parameter prompt: What stands before it.
  /// - Returns: What was typed.
  func readLine(prompt: StyledLine) -> StepperInput {
    terminal.write(prompt.text(usesColor: settings.usesColor) + " ")
    let input = terminal.read(timeout: nil)
    if case .line = input { return input }
    terminal.write("\n")
    return input
  }

  /// How a line at the bottom ended.
  enum Edit {
    case text(String)
    case cancelled
    /// A key that was not for the line.
    case key(TerminalKey)
    case ending(StepperInput)
  }

  /// Lets the reader type a line at the bottom.
  ///
  /// - Parameters:
  ///   - prompt: What stands before it.
  ///   - text: What stands there already.
  ///   - candidates: What Tab completes to.
  ///   - hint: What stands there while the line is empty.
  ///   - isForLine: Whether a key that arrives while the line is empty belongs to it.
  /// - Returns: How it ended.
  func edit(
    prompt: String, text: String = "", candidates: [String] = [], hint: String = "",
    isForLine: (TerminalKey) -> Bool = { _ in true }
  ) -> Edit {
    guard isLive else {
      switch readLine(prompt: StyledLine("─ \(prompt)", .dim)) {
      case .line(let line): return .text(line)
      case let input: return .ending(input)
      }
    }
    var editor = LineEditor(text, completingTo: candidates)
    while true {
      draw(editor, prompt: prompt, hint: hint)
      switch terminal.read(timeout: nil) {
      case .key(let key):
        if editor.text.isEmpty, !isForLine(key) { return .key(key) }
        switch editor.take(key) {
        case .edited: continue
        case .submitted: return .text(editor.text)
        case .cancelled: return .cancelled
        case .ended: return .ending(.endOfInput)
        }
      case .changed: refresh()
      case .nothing: continue
      case .line(let line): return .text(line)
      case .endOfInput: return .ending(.endOfInput)
      case .interrupted: return .ending(.interrupted)
      }
    }
  }

  private func draw(_ editor: LineEditor, prompt: String, hint: String) {
    let width = settings.width - 1
    let start = "─ \(prompt) ".fitted(to: max(4, width / 2))
    let room = max(2, width - DisplayWidth.of(start))
    let (text, column) = editor.view(width: room)
    var spans = [Span(start, .dim), Span(text)]
    if editor.text.isEmpty { spans.append(Span("  " + hint.fitted(to: room - 2), .dim)) }
    setBottom(StyledLine(spans), cursorAt: DisplayWidth.of(start) + column)
  }

  /// Back to the start of the bottom line, and everything from there on gone.
  private var erasure: String {
    bottom == nil || !isLive ? "" : "\r\u{1B}[J"
  }
}
