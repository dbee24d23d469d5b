import Terminal

/// A reader who presses what the script says, in front of a screen.
final class ScriptedTerminal: StepperTerminal {
  /// What happens next at the reader's side.
  enum Event {
    case input(StepperInput)
    /// Time goes by.
    case wait(Double)
    /// The terminal gets another size.
    case resize(width: Int, height: Int)
  }

  private(set) var settings: TerminalSettings
  let readsKeys: Bool
  private(set) var seconds = 0.0
  private(set) var screen: Screen
  /// What was done to the terminal: taken, given back, lent.
  private(set) var calls: [String] = []
  /// Lines that scrolled past, each wait with its bottom line and what was pressed then.
  private(set) var transcript = ""
  /// What was written before each wait, without control sequences: one more than there were waits.
  private(set) var answers: [String] = [""]
  /// The bottom line at each wait.
  private(set) var bottoms: [String] = []
  private(set) var raw = ""
  private var script: [Event]
  private var printed = 0

  init(
    _ script: [Event], width: Int = 80, height: Int? = nil, readsKeys: Bool = true,
    usesColor: Bool = false
  ) {
    settings = TerminalSettings(width: width, height: height, usesColor: usesColor)
    self.script = script
    self.readsKeys = readsKeys
    screen = Screen(width: settings.width)
  }

  /// Keys one after the other: letters stand for themselves, `⏎` for Enter, `⎋` for Escape, `⇥` for
  /// Tab, `⌫` for Backspace, `←` `→` for arrows.
  static func keys(_ text: String) -> [Event] {
    text.map { character in
      let key: TerminalKey =
        switch character {
        case "⏎": .enter
        case "⎋": .escape
        case "⇥": .tab
        case "⌫": .backspace
        case "←": .left
        case "→": .right
        default: .character(character)
        }
      return .input(.key(key))
    }
  }

  /// Lines, where a line is typed for every key.
  static func lines(_ lines: [String]) -> [Event] { lines.map { .input(.line($0)) } }

  func begin() { calls.append("begin") }
  func end() { calls.append("end") }

  func lend<Result>(_ body: () -> Result) -> Result {
    calls.append("lend")
    return body()
  }

  func write(_ text: String) {
    raw += text
    screen.write(text)
    answers[answers.count - 1] += Self.plain(text)
  }

  func read(timeout: Double?) -> StepperInput {
    while true {
      let event = script.isEmpty ? .input(.endOfInput) : script.removeFirst()
      switch event {
      case .wait(let seconds):
        self.seconds += seconds
        note("\(seconds) s")
        answers.append("")
        return .nothing
      case .resize(let width, let height):
        settings = TerminalSettings(width: width, height: height, usesColor: settings.usesColor)
        note("\(width)×\(height)")
        // What was printed for another width stays; it is not this screen's trouble.
        var next = Screen(width: settings.width)
        next.write(screen.bottom.isEmpty ? "" : String(screen.bottom.prefix(width - 1)) + "\r")
        screen = next
        printed = 0
        answers.append("")
        return .changed
      case .input(let input):
        note(Self.name(of: input))
        answers.append("")
        if case .line = input { screen.write("\n") }
        return input
      }
    }
  }

  /// What the last wait before the end saw.
  var lastAnswer: String { answers.dropLast().last ?? "" }

  private func note(_ event: String) {
    bottoms.append(screen.bottom)
    for line in screen.lines.dropLast().dropFirst(printed) { transcript += line + "\n" }
    printed = screen.lines.count - 1
    transcript += "[\(screen.bottom)] \(event)\n"
  }

  private static func name(of input: StepperInput) -> String {
    switch input {
    case .key(.character(" ")): "Space"
    case .key(.character(let character)): String(character)
    case .key(.enter): "Enter"
    case .key(let key): "\(key)"
    case .line(let line): line
    default: "\(input)"
    }
  }

  private static func plain(_ text: String) -> String {
    text.replacing(/\u{1B}\[[0-9;]*[A-Za-z]/, with: "").replacing("\r", with: "")
  }
}
