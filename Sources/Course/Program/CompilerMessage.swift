/// One message of the compiler, at the place it gave.
struct CompilerMessage: Hashable, Codable, Sendable {
  /// The file as `#sourceLocation` named it; empty when the compiler named none.
  var file: String
  /// The line; 0 when the compiler gave none.
  var line: Int
  /// What it said.
  var text: String
  /// Notes that followed it, each with its line in the same way.
  var notes: [CompilerNote] = []

  /// The errors in what a compiler printed with `-diagnostic-style llvm`, in order.
  static func errors(in output: String) -> [CompilerMessage] {
    var errors: [CompilerMessage] = []
    var isAfterError = false
    for line in output.split(separator: "\n", omittingEmptySubsequences: true) {
      if let (file, number, text) = split(line, at: "error: ") {
        errors.append(CompilerMessage(file: file, line: number, text: text))
        isAfterError = true
      } else if let (file, number, text) = split(line, at: "note: ") {
        guard isAfterError else { continue }
        errors[errors.count - 1].notes.append(CompilerNote(file: file, line: number, text: text))
      } else if split(line, at: "warning: ") != nil {
        isAfterError = false
      }
    }
    return errors
  }

  /// `Chapters/x.md:12:5: error: words` in its pieces; `error: words` has no file.
  private static func split(
    _ line: Substring, at kind: String
  ) -> (file: String, line: Int, text: String)? {
    if line.hasPrefix(kind) { return ("", 0, String(line.dropFirst(kind.count))) }
    guard let range = line.firstRange(of: ": " + kind) else { return nil }
    let place = line[..<range.lowerBound].split(separator: ":", omittingEmptySubsequences: false)
    let text = String(line[range.upperBound...])
    guard place.count >= 3, let number = Int(place[place.count - 2]) else {
      return ("", 0, text)
    }
    return (place.dropLast(2).joined(separator: ":"), number, text)
  }
}

/// A note of the compiler about one of its errors.
struct CompilerNote: Hashable, Codable, Sendable {
  /// The file as `#sourceLocation` named it.
  var file: String
  /// The line.
  var line: Int
  /// What it said.
  var text: String
}
