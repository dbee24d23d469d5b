/// What a reader typed, or that nobody types any more.
public enum StepperInput: Hashable, Sendable {
  /// A line, without its end.
  case line(String)
  /// The input has ended (Ctrl-D).
  case endOfInput
  /// The reader, or the system, wants to stop (Ctrl-C, SIGTERM).
  case interrupted
}

/// Where the stepper writes and reads: a terminal, or a test with a script.
public protocol StepperTerminal: AnyObject {
  /// Width and colour.
  var settings: TerminalSettings { get }

  /// Writes text as it is.
  ///
  /// - Parameter text: Finished text, styles and line ends included.
  func write(_ text: String)

  /// Waits for a line.
  func readLine() -> StepperInput
}
