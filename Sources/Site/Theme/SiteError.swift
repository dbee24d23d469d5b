/// Why a site could not be made or written.
public enum SiteError: Error, Equatable, Sendable, CustomStringConvertible {
  /// No theme folder was found; the places looked in.
  case noTheme(looked: [String])
  /// A theme file could not be read.
  case unreadable(path: String, reason: String)
  /// A template does not parse, or names something no page has.
  case badTemplate(path: String, line: Int, reason: String)
  /// The output folder holds files of somebody else's.
  case foreignFolder(path: String, example: String)
  /// The output folder could not be written.
  case cannotWrite(path: String, reason: String)

  /// Whether the output was the trouble, rather than the theme.
  public var isOutputRefused: Bool {
    switch self {
    case .foreignFolder, .cannotWrite: true
    case .noTheme, .unreadable, .badTemplate: false
    }
  }

  /// What, where, what was expected, and what to do.
  public var description: String {
    switch self {
    case .noTheme(let looked):
      "no theme folder found; looked in \(looked.joined(separator: ", ")); "
        + "set NIBBLE_THEME to a folder with templates/ and assets/"
    case .unreadable(let path, let reason):
      "\(path): cannot be read: \(reason)"
    case .badTemplate(let path, let line, let reason):
      "\(path):\(line): \(reason)"
    case .foreignFolder(let path, let example):
      "\(path): holds files that are not a site of ours (\(example)); "
        + "choose an empty folder with --out, or empty this one first"
    case .cannotWrite(let path, let reason):
      "\(path): cannot be written: \(reason)"
    }
  }
}
