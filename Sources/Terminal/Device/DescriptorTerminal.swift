internal import Glibc

/// A terminal behind two open descriptors.
///
/// The caller chooses the descriptors, so that only the command decides what is standard output. Where
/// both are a terminal that is not dumb, keys act at once; otherwise a line is typed for each. A signal
/// that arrives while the reader is awaited ends the wait at once; before and after, signals do what
/// they did without this type.
public final class DescriptorTerminal: StepperTerminal {
  /// Width, height and colour, as they are now.
  public private(set) var settings: TerminalSettings
  /// Whether keys act at once.
  public let readsKeys: Bool
  private let input: Int32
  private let output: Int32
  private var decoder = KeyDecoder()
  private var keys: [TerminalKey] = []
  private var pending: [UInt8] = []
  private var hasEnded = false

  /// A line longer than this is cut: nobody types it, and a file piped in must not fill memory.
  private static let longestLine = 1 << 16
  /// How long an escape waits for what would make it a sequence, and how long a sequence for its end.
  private static let patience = (escape: 0.05, sequence: 0.5)

  /// A terminal that reads and writes open descriptors, which stay the caller's.
  ///
  /// - Parameters:
  ///   - input: Where keys come from.
  ///   - output: Where text goes.
  ///   - settings: Its size and colour to begin with.
  ///   - name: The terminal's kind, as `TERM` says it.
  public init(input: Int32, output: Int32, settings: TerminalSettings, kind name: String? = nil) {
    self.input = input
    self.output = output
    self.settings = settings
    let isCapable = name.map { !$0.isEmpty && $0 != "dumb" } ?? false
    readsKeys =
      isCapable && TerminalSettings.isTerminal(input) && TerminalSettings.isTerminal(output)
  }

  deinit { end() }

  /// Seconds since the machine started.
  public var seconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// From now on keys act at once, where they can.
  public func begin() {
    if readsKeys { TerminalModes.take(input: input, output: output) }
  }

  /// Gives the terminal back as it was.
  public func end() {
    if readsKeys { TerminalModes.giveBack() }
  }

  /// Gives the terminal back when the process ends while somebody reads; any thread may call it.
  ///
  /// Nothing happens where no terminal was taken.
  public static func restore() { TerminalModes.giveBack(erasing: true) }

  /// Gives the terminal to another program meanwhile.
  ///
  /// - Parameter body: What runs meanwhile.
  /// - Returns: What `body` returns.
  public func lend<Result>(_ body: () -> Result) -> Result {
    end()
    defer {
      begin()
      settings = settings.resized(to: output)
    }
    return body()
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

  /// Waits for a key or a line.
  ///
  /// - Parameter seconds: How long at most; nil for as long as it takes.
  /// - Returns: What came.
  public func read(timeout seconds: Double?) -> StepperInput {
    let deadline = seconds.map { self.seconds + $0 }
    while true {
      if TerminalModes.takeChange() {
        settings = settings.resized(to: output)
        if readsKeys { return .changed }
      }
      if let input = readsKeys ? nextKey() : nextLine() { return input }
      var patience = deadline.map { max(0, $0 - self.seconds) }
      if decoder.isPending {
        let wait = decoder.isEscape ? Self.patience.escape : Self.patience.sequence
        patience = min(patience ?? wait, wait)
      }
      switch Interruption.wait(for: input, atMost: patience) {
      case .interrupted: return .interrupted
      case .failed: hasEnded = true
      case .ready: fill()
      case .awake:
        if decoder.isPending, let key = decoder.flush() { return .key(key) }
        if let deadline, self.seconds >= deadline { return .nothing }
      }
    }
  }

  private func nextKey() -> StepperInput? {
    if !keys.isEmpty { return .key(keys.removeFirst()) }
    return hasEnded ? .endOfInput : nil
  }

  private func nextLine() -> StepperInput? {
    if let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
      let line = String(decoding: pending[..<end], as: UTF8.self)
      pending.removeSubrange(...end)
      return .line(line.hasSuffix("\r") ? String(line.dropLast()) : line)
    }
    guard hasEnded || pending.count > Self.longestLine else { return nil }
    let line = String(decoding: pending, as: UTF8.self)
    pending = []
    return line.isEmpty ? .endOfInput : .line(line)
  }

  private func fill() {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = buffer.withUnsafeMutableBytes { Glibc.read(input, $0.baseAddress, $0.count) }
    if count > 0 {
      if readsKeys {
        keys += decoder.decode(buffer.prefix(count))
      } else {
        pending += buffer.prefix(count)
      }
    } else if count == 0 || (errno != EINTR && errno != EAGAIN) {
      hasEnded = true
    }
  }
}
