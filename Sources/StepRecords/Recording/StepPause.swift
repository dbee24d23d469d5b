internal import Glibc

/// Holds a program before each of its steps until a reader lets it go.
///
/// The reader writes one byte a step into a pipe with a name. When the reader is gone, so is the pipe's
/// last writer, and the program ends instead of waiting for ever.
struct StepPause {
  private let descriptor: Int32
  private let seconds: UInt32

  /// Opens the pipe.
  ///
  /// - Parameters:
  ///   - path: Its path; nil, or one that cannot be opened, holds nothing back.
  ///   - seconds: How long a step may take before the program ends itself, should nobody watch it.
  init?(path: String?, seconds: UInt32) {
    guard let path else { return nil }
    // Without waiting for a writer: a reader who is gone already would be waited for for ever.
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0, fcntl(descriptor, F_SETFL, 0) == 0 else { return nil }
    self.seconds = seconds
  }

  /// Waits to be let go.
  func wait() {
    var byte: UInt8 = 0
    while true {
      let count = read(descriptor, &byte, 1)
      if count == 1 { break }
      if count < 0, errno == EINTR { continue }
      StepRecording.finish()  // nobody is left who could let it go
    }
    alarm(seconds)
  }

  /// Stops the clock: time spent waiting is not the step's.
  func rest() {
    alarm(0)
  }
}
