@preconcurrency internal import Glibc  // C's `stderr` is a global variable

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
    _ = nextByte()
    alarm(seconds)
  }

  /// Waits for a library that goes on where the program ends, and runs it.
  ///
  /// A learner who changes a step has it compiled alone, against the paused program that holds
  /// everything before it. A library that cannot be loaded ends the program, which says why.
  ///
  /// - Parameter path: A file that holds the library's path by the time the reader writes a byte.
  func load(from path: String) {
    _ = nextByte()
    guard let file = fopen(path, "re") else { StepRecording.finish() }
    var text = [UInt8](repeating: 0, count: 4096)
    let count = fread(&text, 1, text.count, file)
    fclose(file)
    let library = String(decoding: text[..<count], as: UTF8.self)
    guard let handle = dlopen(library, RTLD_NOW),
      let entry = dlsym(handle, StepRecording.entryPoint)
    else {
      let reason = dlerror().map { String(cString: $0) } ?? "no reason given"
      fputs("\(reason)\n", stderr)
      StepRecording.finish()
    }
    typealias Main = @convention(c) (Int32, UnsafeMutableRawPointer?) -> Int32
    _ = unsafeBitCast(entry, to: Main.self)(0, nil)
  }

  private func nextByte() -> UInt8 {
    var byte: UInt8 = 0
    while true {
      let count = read(descriptor, &byte, 1)
      if count == 1 { return byte }
      if count < 0, errno == EINTR { continue }
      StepRecording.finish()  // nobody is left who could let it go
    }
  }

  /// Stops the clock: time spent waiting is not the step's.
  func rest() {
    alarm(0)
  }
}
