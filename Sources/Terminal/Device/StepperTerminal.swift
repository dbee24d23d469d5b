/// What came from the reader's side, or that nothing did.
public enum StepperInput: Hashable, Sendable {
  /// A key, where keys act at once.
  case key(TerminalKey)
  /// A line without its end, where a line is typed for every key.
  case line(String)
  /// Nothing, for as long as was asked.
  case nothing
  /// The terminal has another size now, or was given back after a pause: what stands at the bottom
  /// must be written again.
  case changed
  /// The input has ended (Ctrl-D, or a file that did).
  case endOfInput
  /// The reader, or the system, wants to stop (Ctrl-C, SIGTERM).
  case interrupted
}

/// Where the stepper writes and reads: a terminal, or a test with a script.
public protocol StepperTerminal: AnyObject {
  /// Width, height and colour, as they are now.
  var settings: TerminalSettings { get }

  /// Whether keys act at once; otherwise each is a line ended by Enter.
  var readsKeys: Bool { get }

  /// Seconds since some fixed time.
  var seconds: Double { get }

  /// Takes the terminal: from now on keys act at once, where they can.
  func begin()

  /// Gives the terminal back as it was.
  func end()

  /// Writes text as it is.
  ///
  /// - Parameter text: Finished text, styles and line ends included.
  func write(_ text: String)

  /// Waits for the reader.
  ///
  /// - Parameter seconds: How long at most; nil for as long as it takes.
  /// - Returns: What came.
  func read(timeout seconds: Double?) -> StepperInput

  /// Gives the terminal to another program meanwhile: the learner's editor.
  ///
  /// - Parameter body: What runs meanwhile.
  /// - Returns: What `body` returns.
  func lend<Result>(_ body: () -> Result) -> Result
}
