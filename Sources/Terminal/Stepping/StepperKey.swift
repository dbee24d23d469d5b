/// What a typed line asks for.
enum StepperKey: Hashable {
  case next
  case back
  case quit
  case help
  case fold
  case solution
  case goTo(Int)
  case unknown

  /// Reads a line: a letter, its word, or a step's number.
  init(_ line: String) {
    let word = line.filter { !$0.isWhitespace }.lowercased()
    switch word {
    case "", "n", "next": self = .next
    case "b", "p", "back", "previous": self = .back
    case "q", "quit", "exit": self = .quit
    case "h", "?", "help": self = .help
    case "f", "hint", "fold": self = .fold
    case "s", "solution": self = .solution
    default:
      guard let number = Int(word), number > 0 else {
        self = .unknown
        return
      }
      self = .goTo(number)
    }
  }
}
