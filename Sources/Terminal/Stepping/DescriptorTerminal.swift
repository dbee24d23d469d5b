internal import Glibc

/// A terminal behind two open descriptors.
///
/// The caller chooses the descriptors, so that only the command decides what is standard output. A
/// signal that arrives while a line is awaited ends the wait at once; before and after, signals do
/// what they did without this type.
public final class DescriptorTerminal: StepperTerminal {
  /// Width and colour.
  public let settings: TerminalSettings
  private let input: Int32
  private let output: Int32
  private var pending: [UInt8] = []
  private var hasEnded = false

  /// A line longer than this is cut: nobody types it, and a file piped in must not fill memory.
  private static let longestLine = 1 << 16

  /// A terminal that reads and writes open descriptors, which stay the caller's.
  public init(input: Int32, output: Int32, settings: TerminalSettings) {
    self.input = input
    self.output = output
    self.settings = settings
  }

  /// Writes text as it is; when the other side is gone, the next read ends.
  ///
  /// - Parameter text: Finished text, styles and line ends included.
  public func write(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(output, $0.baseAddress, $0.count) }
      if count > 0 {
        bytes = bytes.dropFirst(count)
      } else if errno == EAGAIN {
        var descriptor = pollfd(fd: output, events: Int16(POLLOUT), revents: 0)
        poll(&descriptor, 1, 1000)
      } else if errno != EINTR {
        hasEnded = true
        return
      }
    }
  }

  /// Waits for a line.
  public func readLine() -> StepperInput {
    while true {
      if let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
        let line = String(decoding: pending[..<end], as: UTF8.self)
        pending.removeSubrange(...end)
        return .line(line.hasSuffix("\r") ? String(line.dropLast()) : line)
      }
      if hasEnded || pending.count > Self.longestLine {
        let line = String(decoding: pending, as: UTF8.self)
        pending = []
        return line.isEmpty ? .endOfInput : .line(line)
      }
      switch Interruption.wait(for: input) {
      case .interrupted: return .interrupted
      case .failed: hasEnded = true
      case .ready: fill()
      }
    }
  }

  private func fill() {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = buffer.withUnsafeMutableBytes { read(input, $0.baseAddress, $0.count) }
    if count > 0 {
      pending += buffer.prefix(count)
    } else if count == 0 || (errno != EINTR && errno != EAGAIN) {
      hasEnded = true
    }
  }
}

/// Set by the handler below, read by the wait; nothing else touches it.
nonisolated(unsafe) private var wasInterrupted: sig_atomic_t = 0

/// Waits for input so that SIGINT and SIGTERM end the wait and nothing else.
private enum Interruption {
  enum Ending {
    case ready
    case interrupted
    case failed
  }

  /// Takes the two signals over for the time of the wait, and puts back what was before.
  ///
  /// A signal may reach another thread, or arrive just before the wait, and then does not end `poll`;
  /// so it looks up a few times a second.
  static func wait(for descriptor: Int32) -> Ending {
    wasInterrupted = 0
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in wasInterrupted = 1 }
    sigemptyset(&action.sa_mask)
    var oldInterrupt = sigaction()
    var oldTermination = sigaction()
    sigaction(SIGINT, &action, &oldInterrupt)
    sigaction(SIGTERM, &action, &oldTermination)
    defer {
      sigaction(SIGINT, &oldInterrupt, nil)
      sigaction(SIGTERM, &oldTermination, nil)
    }
    while true {
      var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let count = poll(&waiting, 1, 200)
      if wasInterrupted != 0 { return .interrupted }
      if count > 0 { return .ready }
      if count < 0, errno != EINTR { return .failed }
    }
  }
}
