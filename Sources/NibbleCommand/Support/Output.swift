import Foundation
import Glibc

/// Where words go: results to standard output, everything else to standard error.
enum Output {
  /// Prints a line of results.
  static func line(_ text: String = "") {
    write(text + "\n")
  }

  /// Prints finished text, line ends included.
  static func text(_ text: String) {
    write(text)
  }

  /// Prints a message or progress.
  ///
  /// Where standard error is gone there is nobody left to tell, and the work goes on.
  static func note(_ text: String) {
    _ = put(text + "\n", on: STDERR_FILENO)
  }

  /// Shows what is going on, on the last line of a terminal; elsewhere it is no use and nothing is shown.
  ///
  /// - Parameter text: Shorter than the terminal is wide; empty to take it away again.
  static func status(_ text: String) {
    guard isatty(STDERR_FILENO) == 1 else { return }
    _ = put("\r\u{1B}[K" + text, on: STDERR_FILENO)
  }

  /// Prints one JSON object, and nothing else, on standard output.
  static func json(_ value: some Encodable) throws {
    write(try JSONText.of(value) + "\n")
  }

  /// Whether a person is reading standard output.
  static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  /// Gives the three standard descriptors a place to lead to, whatever the caller closed.
  ///
  /// A file opened later would otherwise become standard output. Writing to a standard output that
  /// was closed fails, as it should: the descriptor is open for reading only.
  static func openStandardDescriptors() {
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]
    where fcntl(descriptor, F_GETFD) == -1 {
      _ = open("/dev/null", descriptor == STDERR_FILENO ? O_WRONLY : O_RDONLY)
    }
  }

  /// Writes results; where they cannot be written the process ends, children and folders first.
  private static func write(_ text: String) {
    guard let error = put(text, on: STDOUT_FILENO) else { return }
    Interrupts.end(
      error == EPIPE ? .readerGone : .outputLost(reason: String(cString: strerror(error))))
  }

  /// Writes all of a text; the error number where that cannot be done.
  private static func put(_ text: String, on descriptor: Int32) -> Int32? {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno == EAGAIN {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&waiting, 1, 1000)
      } else if errno != EINTR {
        return errno
      }
    }
    return nil
  }
}

/// The JSON the command prints: sorted keys, readable, slashes as they are.
///
/// JSON has no infinities: one is written as the text `"Infinity"`, such as the signal-to-noise
/// ratio of a matrix without error.
enum JSONText {
  static func of(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
