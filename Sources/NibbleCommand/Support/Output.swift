import Foundation

/// Where words go: results to standard output, everything else to standard error.
enum Output {
  /// Prints a line of results.
  static func line(_ text: String = "") {
    write(text + "\n", to: .standardOutput)
  }

  /// Prints a message or progress.
  static func note(_ text: String) {
    write(text + "\n", to: .standardError)
  }

  /// Prints one JSON object, and nothing else, on standard output.
  static func json(_ value: some Encodable) throws {
    write(try JSONText.of(value) + "\n", to: .standardOutput)
  }

  /// Whether a person is reading standard output.
  static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  private static func write(_ text: String, to handle: FileHandle) {
    handle.write(Data(text.utf8))
  }
}

/// The JSON the command prints: sorted keys, readable, slashes as they are.
enum JSONText {
  static func of(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
