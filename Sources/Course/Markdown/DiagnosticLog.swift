/// Collects what a reader of one file finds, and hands it out in line order.
struct DiagnosticLog {
  /// The file, as messages name it.
  let path: String
  private(set) var all: [Diagnostic] = []

  /// An empty log of a file.
  init(path: String) {
    self.path = path
  }

  /// Notes an error.
  mutating func error(_ id: String, line: Int, _ summary: String, notes: [String] = []) {
    all.append(Diagnostic(.error, id: id, path: path, line: line, summary: summary, notes: notes))
  }

  /// Notes a warning.
  mutating func warning(_ id: String, line: Int, _ summary: String, notes: [String] = []) {
    all.append(Diagnostic(.warning, id: id, path: path, line: line, summary: summary, notes: notes))
  }

  /// Takes over what somebody else found.
  mutating func add(_ diagnostics: [Diagnostic]) {
    all += diagnostics
  }

  /// Everything found, by line; what was found first stands first within a line.
  var inLineOrder: [Diagnostic] {
    all.enumerated()
      .sorted { ($0.element.line, $0.offset) < ($1.element.line, $1.offset) }
      .map(\.element)
  }
}
