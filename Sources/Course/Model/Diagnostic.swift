/// Something a chapter's author should know: where, what, and what to do.
///
/// Diagnostics are collected, never thrown: one run reports many. The text is made in one place for the
/// terminal, the site and the JSON alike.
public struct Diagnostic: Hashable, Codable, Sendable {
  /// How much it matters.
  public enum Severity: String, Codable, Sendable {
    /// The chapter does not hold while this stands.
    case error
    /// Worth mending; the chapter still holds.
    case warning
  }

  /// How much it matters.
  public let severity: Severity
  /// A stable name of the kind, such as `bare-number` or `unknown-attribute`.
  public let id: String
  /// The chapter file, as messages show it.
  public let path: String
  /// The line in the Markdown, counted from 1.
  public let line: Int
  /// One sentence: what is wrong, and what to do where that is short.
  public let summary: String
  /// More lines for whoever wants them: the compiler's words, near misses, what changed.
  public let notes: [String]

  /// A diagnostic at a line of a chapter.
  public init(
    _ severity: Severity = .error, id: String, path: String, line: Int, summary: String,
    notes: [String] = []
  ) {
    self.severity = severity
    self.id = id
    self.path = path
    self.line = line
    self.summary = summary
    self.notes = notes
  }
}
