internal import Glibc

/// What is known of the place text is written to: its width, and whether it shows colour.
public struct TerminalSettings: Hashable, Sendable {
  /// Columns, at least 20; lines are never longer.
  public let width: Int
  /// Whether styles are sent; without them the text says everything.
  public let usesColor: Bool

  /// Settings for a place of the given width.
  public init(width: Int, usesColor: Bool) {
    self.width = max(20, width)
    self.usesColor = usesColor
  }

  /// Settings of an open descriptor.
  ///
  /// The width is the terminal's own, else `COLUMNS`, else 80. Colour needs a terminal, no `NO_COLOR`
  /// (set to anything but nothing) and a `TERM` other than `dumb`.
  ///
  /// - Parameters:
  ///   - descriptor: Where text will be written, usually 1.
  ///   - environment: The process's environment.
  /// - Returns: The settings.
  public static func detect(
    descriptor: Int32, environment: [String: String]
  ) -> TerminalSettings {
    var size = winsize()
    let isMeasured = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    let stated = environment["COLUMNS"].flatMap(Int.init).flatMap { $0 > 0 ? $0 : nil }
    let isPlain = environment["NO_COLOR"]?.isEmpty == false || environment["TERM"] == "dumb"
    return TerminalSettings(
      width: isMeasured ? Int(size.ws_col) : min(stated ?? 80, 1000),
      usesColor: isTerminal(descriptor) && !isPlain)
  }

  /// Whether a descriptor is a terminal.
  ///
  /// - Parameter descriptor: An open descriptor.
  /// - Returns: True for a terminal.
  public static func isTerminal(_ descriptor: Int32) -> Bool {
    isatty(descriptor) == 1
  }
}
