internal import Glibc

/// Waits for input so that SIGINT and SIGTERM end the wait and nothing else.
enum Interruption {
  /// How a wait ended.
  enum Ending {
    case ready
    case interrupted
    /// A handler asked to look again, or the time is over.
    case awake
    case failed
  }

  /// Takes the two signals over for the time of the wait, and puts back what was before.
  ///
  /// A signal may reach another thread, which does not end a wait in this one; so handlers also write
  /// to a pipe that is waited for as well.
  ///
  /// - Parameters:
  ///   - descriptor: What is read from.
  ///   - seconds: How long at most; nil for as long as it takes.
  /// - Returns: What ended it.
  static func wait(for descriptor: Int32, atMost seconds: Double?) -> Ending {
    let pipe = wakeUp
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in
      wasInterrupted = 1
      Interruption.wake()
    }
    sigemptyset(&action.sa_mask)
    var oldInterrupt = sigaction()
    var oldTermination = sigaction()
    sigaction(SIGINT, &action, &oldInterrupt)
    sigaction(SIGTERM, &action, &oldTermination)
    defer {
      sigaction(SIGINT, &oldInterrupt, nil)
      sigaction(SIGTERM, &oldTermination, nil)
    }
    let milliseconds = seconds.map { Int32(max(0, min($0, 86_400) * 1000)) } ?? -1
    while true {
      var waiting = [
        pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: pipe.reading, events: Int16(POLLIN), revents: 0),
      ]
      let count = poll(&waiting, 2, milliseconds)
      if waiting[1].revents != 0 {
        var bytes = [UInt8](repeating: 0, count: 64)
        _ = read(pipe.reading, &bytes, bytes.count)
      }
      // One that came as the wait before was ending counts as well.
      if wasInterrupted != 0 {
        wasInterrupted = 0
        return .interrupted
      }
      if waiting[0].revents != 0 { return .ready }
      if count >= 0 { return .awake }
      if errno != EINTR { return .failed }
    }
  }

  /// Makes what handlers need before there are any.
  static func prepare() { _ = wakeUp }

  /// Ends a wait; a signal handler may call it.
  static func wake() {
    let code = errno
    var byte: UInt8 = 0
    _ = write(wakeUp.writing, &byte, 1)
    errno = code
  }
}

/// Set by a handler, read by the wait; nothing else touches it.
nonisolated(unsafe) private var wasInterrupted: sig_atomic_t = 0

/// A pipe that wakes a wait.
///
/// It is made by the first wait or the first taking of a terminal.
private let wakeUp: (reading: Int32, writing: Int32) = {
  var ends: [Int32] = [-1, -1]
  pipe(&ends)
  for end in ends {
    _ = fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK)
    _ = fcntl(end, F_SETFD, FD_CLOEXEC)
  }
  return (ends[0], ends[1])
}()
