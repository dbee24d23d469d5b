/// A chapter's result in words for people.
public struct ChapterSummary: Sendable {
  /// More lines of one failure than this tell nobody more.
  private static let notesShown = 6

  private let chapter: Chapter
  private let result: ChapterResult

  /// A summary of a result.
  ///
  /// - Parameters:
  ///   - chapter: The chapter, for its lines.
  ///   - result: Its result.
  public init(chapter: Chapter, result: ChapterResult) {
    self.chapter = chapter
    self.result = result
  }

  /// One line: whether it held, how much was proven, how long it took.
  public var line: String {
    let counts = [
      count(result.steps.count { $0.outcome == .held }, "step"),
      count(result.steps.reduce(0) { $0 + $1.expectations.count(where: \.held) }, "expectation"),
    ]
    let time = result.isCached ? "cached" : "\((result.seconds * 100).rounded() / 100) s"
    let left = [
      (result.steps.count { $0.outcome == .skipped }, "slow, skipped"),
      (result.steps.count { $0.outcome == .notReached }, "not reached"),
    ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    guard result.held else {
      let errors = count(result.diagnostics.count { $0.severity == .error }, "error")
      return "\(result.id): did not hold: \(([errors] + left + [time]).joined(separator: ", "))"
    }
    return "\(result.id): held: \((counts + left + [time]).joined(separator: ", "))"
  }

  /// Each diagnostic as `path.md:LINE: what`, the chapter's own line and the notes indented below.
  public var failures: [String] {
    let lines = chapter.source.split(separator: "\n", omittingEmptySubsequences: false)
    return result.diagnostics.map { diagnostic in
      let kind = diagnostic.severity == .warning ? "warning: " : ""
      let summary = Self.shortened(diagnostic.summary)
      var text = ["\(diagnostic.path):\(diagnostic.line): \(kind)\(summary)"]
      if diagnostic.line >= 1, diagnostic.line <= lines.count {
        text.append(Self.excerpt(lines[diagnostic.line - 1], line: diagnostic.line))
      }
      text += diagnostic.notes.prefix(Self.notesShown).map { "    \(Self.shortened($0))" }
      return Self.harmless(text.joined(separator: "\n"))
    }
  }

  /// A text that may quote a very long value, at a length that somebody reads.
  private static func shortened(_ text: String) -> String {
    text.count > 1000 ? "\(text.prefix(999))…" : text
  }

  /// Nothing that a chapter says or prints may steer the reader's terminal.
  private static func harmless(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x09, 0x0A: result.append(scalar)
      case 0..<0x20, 0x7F..<0xA0: result.append("\u{FFFD}")
      // Text that runs backwards hides what it says.
      case 0x202A...0x202E, 0x2066...0x2069: result.append("\u{FFFD}")
      default: result.append(scalar)
      }
    }
    return String(result)
  }

  private static func excerpt(_ line: Substring, line number: Int) -> String {
    let text = line.count > 100 ? "\(line.prefix(99))…" : String(line)
    return "    \(number) | \(text)"
  }

  private func count(_ number: Int, _ name: String) -> String {
    "\(number) \(name)\(number == 1 ? "" : "s")"
  }
}
