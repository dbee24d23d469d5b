internal import Glibc

/// What is known of the place text is written to: its size, and whether it shows colour.
///
/// Text is UTF-8 whatever the locale says: `LANG=C` is what containers and remote shells have when
/// nobody set anything, and the terminal in front of the reader shows UTF-8 all the same.
public struct TerminalSettings: Hashable, Sendable {
  /// Columns, at least 20; lines are never longer.
  public let width: Int
  /// Rows, at least 5; nil where nobody knows, and nothing is shown a screenful at a time.
  public let height: Int?
  /// Whether styles are sent; without them the text says everything.
  public let usesColor: Bool

  /// Settings for a place of the given size.
  public init(width: Int, height: Int? = nil, usesColor: Bool) {
    self.width = max(20, width)
    self.height = height.map { max(5, $0) }
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
    let size = size(of: descriptor)
    let stated = environment["COLUMNS"].flatMap(Int.init).flatMap { $0 > 0 ? $0 : nil }
    let isPlain = environment["NO_COLOR"]?.isEmpty == false || environment["TERM"] == "dumb"
    return TerminalSettings(
      width: size?.columns ?? min(stated ?? 80, 1000), height: size?.rows,
      usesColor: isTerminal(descriptor) && !isPlain)
  }

  /// Whether a descriptor is a terminal.
  ///
  /// - Parameter descriptor: An open descriptor.
  /// - Returns: True for a terminal.
  public static func isTerminal(_ descriptor: Int32) -> Bool {
    isatty(descriptor) == 1
  }

  /// The same settings at a descriptor's size of now.
  func resized(to descriptor: Int32) -> TerminalSettings {
    guard let size = Self.size(of: descriptor) else { return self }
    return TerminalSettings(width: size.columns, height: size.rows, usesColor: usesColor)
  }

  private static func size(of descriptor: Int32) -> (columns: Int, rows: Int?)? {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return (Int(size.ws_col), size.ws_row > 0 ? Int(size.ws_row) : nil)
  }
}
