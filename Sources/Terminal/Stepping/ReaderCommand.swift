/// What a reader asks for, by a key or by a typed line.
enum ReaderCommand: Hashable {
  /// The next page, the step's values, the next stretch: whatever is next.
  case on
  case back
  /// To the start of the chapter.
  case start
  /// To a step, exercise or section; empty asks which.
  case goTo(String)
  case contents
  /// For words; empty asks which.
  case search(String)
  case nextHit
  case rerun
  /// Another code for a step; empty asks which.
  case change(String)
  case restore(String)
  case values
  case place
  case scores
  case help
  /// At an exercise a hint, elsewhere help.
  case hintOrHelp
  case hint
  case fold
  case solution
  case edit
  case check
  case redraw
  case quit
  case guess(String)
  case unknown(String)

  /// Reads a key.
  init(_ key: TerminalKey) {
    switch key {
    case .enter, .character(" "), .right, .down, .pageDown: self = .on
    case .left, .up, .pageUp, .backspace: self = .back
    case .home: self = .start
    case .control("l"): self = .redraw
    case .control("d"): self = .quit
    case .character("0"): self = .start
    case .character(let digit) where digit.isASCII && digit.isNumber: self = .goTo(String(digit))
    case .character(let letter): self = Self.byLetter[letter] ?? .unknown(String(letter))
    case .escape, .tab, .delete, .end, .wordLeft, .wordRight: self = .unknown("this key")
    case .control(let letter): self = .unknown("Ctrl-\(letter.uppercased())")
    case .unknown: self = .unknown("this key")
    }
  }

  /// Reads a line, where a line is typed for every key: a letter, a word, a step's number, or a letter
  /// and what it is about.
  init(line: String) {
    let words = line.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    let lower = words.lowercased()
    if lower.isEmpty {
      self = .on
    } else if let command = Self.byWord[lower] {
      self = command
    } else if lower.count == 1, let command = lower.first.flatMap({ Self.byLetter[$0] }) {
      self = command
    } else if words.hasPrefix("/") {
      self = .search(String(words.dropFirst()).trimmed)
    } else if lower == "0" {
      self = .start
    } else if Int(lower) != nil {
      self = .goTo(words)
    } else if lower.hasPrefix("g ") {
      self = .goTo(String(words.dropFirst(2)))
    } else if lower.hasPrefix("w ") {
      self = .change(String(words.dropFirst(2)))
    } else if lower.hasPrefix("u ") {
      self = .restore(String(words.dropFirst(2)))
    } else {
      self = .unknown(String(words.prefix(20)))
    }
  }

  private static let byLetter: [Character: ReaderCommand] = [
    "b": .back, "g": .goTo(""), "t": .contents, "/": .search(""), "n": .nextHit, "r": .rerun,
    "w": .change(""), "u": .restore(""), "v": .values, "m": .place, "s": .scores, "h": .help,
    "?": .hintOrHelp, "i": .hint, "f": .fold, "a": .solution, "e": .edit, "c": .check,
    "q": .quit, "0": .start,
  ]

  private static let byWord: [String: ReaderCommand] = [
    "next": .on, "back": .back, "previous": .back, "start": .start, "contents": .contents,
    "rerun": .rerun, "undo": .restore(""), "values": .values, "scores": .scores, "help": .help,
    "hint": .hint, "fold": .fold, "unfold": .fold, "solution": .solution, "edit": .edit,
    "check": .check, "quit": .quit, "exit": .quit,
  ]

  /// Every key with what it does, for the help: at most a screen of 24 rows.
  static let keys: [(keys: String, words: String)] = [
    ("Enter, Space", "on: the next page, run the step, the next part"),
    ("b", "back one stop; 0 to the start"),
    ("g, 1 2 3 …", "go to a step, an exercise or a section by name"),
    ("t", "contents, with what you have done"),
    ("/ then n", "search this chapter; the next hit"),
    ("v", "values behind the numbers of this part"),
    ("r", "run the last step again"),
    ("w then u", "what if: change a step; undo the change"),
    ("e c", "an exercise: edit your answer; check it"),
    ("i a", "an exercise: a hint; the author's solution"),
    ("f", "open a folded part"),
    ("s m", "scores of your guesses; where you are"),
    ("Ctrl-L", "set this part again, for a new width"),
    ("q", "quit; your place is kept"),
  ]
}

extension String {
  /// Without white space at its ends.
  var trimmed: String {
    var text = self[...]
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
