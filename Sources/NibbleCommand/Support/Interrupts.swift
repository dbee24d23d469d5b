import Dispatch
import Foundation
import Glibc
import Synchronization

/// Ends that come from outside: Ctrl-C, SIGTERM, a terminal that was closed, a reader that went away, a
/// full disk.
///
/// A command registers what must be undone while it is at work; whatever ends the process early runs
/// it once: children are stopped, temporary folders removed, a file being written is finished.
enum Interrupts {
  /// Why the process ends before its work is done.
  enum Ending: Sendable {
    /// Ctrl-C, SIGTERM or a hang-up: exit code 130.
    case stopped
    /// Whoever read standard output has gone, as in `nibble list | head -1`: no word about it.
    case readerGone
    /// Standard output could not be written: exit code 73.
    case outputLost(reason: String)
  }

  private struct State {
    var cleanups: [Int: @Sendable () -> Void] = [:]
    var nextKey = 0
    var isEnding = false
    /// How many programs have the terminal to themselves, and so Ctrl-C too.
    var children = 0
  }

  private static let state = Mutex(State())
  /// A queue of its own, so that loops that keep every core busy do not keep a signal waiting.
  private static let queue = DispatchQueue(label: "nibble.interrupts", qos: .userInteractive)
  /// Held while a file is written, and by whoever ends the process.
  private static let writing = DispatchSemaphore(value: 1)
  /// Kept alive for the life of the process; written once, before anything runs beside it.
  private nonisolated(unsafe) static var sources: [any DispatchSourceSignal] = []
  /// How long an end waits for tidying up, which takes no time but on a machine that is very busy.
  private static let patience = DispatchTimeInterval.seconds(10)

  /// Takes the signals over from their defaults, which would leave children running.
  static func install() {
    for number in [SIGINT, SIGTERM, SIGHUP] {
      let before = signal(number, SIG_IGN)
      if number == SIGHUP, isIgnoring(before) { continue }  // as nohup wants it
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler {
        // Ctrl-C goes to everything on the terminal; while an editor has it, it is the editor's.
        if number == SIGINT, state.withLock({ $0.children > 0 }) { return }
        end(.stopped)
      }
      source.resume()
      sources.append(source)
    }
    signal(SIGPIPE, SIG_IGN)  // a write then fails with EPIPE, which can be tidied up after
  }

  /// Whether a signal's action is to ignore it; functions of C cannot be compared but by their address.
  private static func isIgnoring(_ action: (@convention(c) (Int32) -> Void)?) -> Bool {
    unsafeBitCast(action, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  /// Ends the process soon, from another thread; the first reason counts.
  ///
  /// The caller goes on meanwhile, and what it prints no longer matters.
  static func end(_ ending: Ending) {
    let isFirst = state.withLock { state in
      defer { state.isEnding = true }
      return !state.isEnding
    }
    if isFirst { queue.async { finish(ending) } }
  }

  /// Lets an end that is under way have the last word.
  static func waitIfEnding() {
    while state.withLock({ $0.isEnding }) { sleep(1) }
  }

  /// Lets a program that was started on this terminal have Ctrl-C while `body` waits for it.
  static func leavingToChild<Result>(_ body: () throws -> Result) rethrows -> Result {
    state.withLock { $0.children += 1 }
    defer {
      // A signal that came while it ran may still be on its way to the handler.
      queue.sync {}
      state.withLock { $0.children -= 1 }
    }
    return try body()
  }

  /// Runs `body`; should the process end meanwhile, `cleanup` runs before it does.
  static func cleaningUp<Result>(
    _ cleanup: @escaping @Sendable () -> Void, during body: () throws -> Result
  ) rethrows -> Result {
    let key = register(cleanup)
    defer { forget(key) }
    return try body()
  }

  /// Waits for a task; an end meanwhile cancels it and waits a moment for it to tidy up, and so does
  /// whoever cancels the waiting.
  static func cancelling<Result: Sendable>(
    _ task: Task<Result, any Error>
  ) async throws -> Result {
    let key = register {
      task.cancel()
      let done = DispatchSemaphore(value: 0)
      Task.detached {
        _ = await task.result
        done.signal()
      }
      _ = done.wait(timeout: .now() + patience)
    }
    defer { forget(key) }
    return try await withTaskCancellationHandler {
      try await task.value
    } onCancel: {
      task.cancel()
    }
  }

  /// Writes a file to its end before the process may end: half of one is never left behind.
  static func uninterrupted<Result>(_ write: () throws -> Result) rethrows -> Result {
    writing.wait()
    defer { writing.signal() }
    return try write()
  }

  private static func register(_ cleanup: @escaping @Sendable () -> Void) -> Int {
    state.withLock { state in
      state.nextKey += 1
      state.cleanups[state.nextKey] = cleanup
      return state.nextKey
    }
  }

  private static func forget(_ key: Int) {
    state.withLock { $0.cleanups[key] = nil }
  }

  private static func finish(_ ending: Ending) -> Never {
    let pending = state.withLock { state in
      defer { state.cleanups = [:] }
      // What was begun last is undone first.
      return state.cleanups.sorted { $0.key > $1.key }.map(\.value)
    }
    for cleanup in pending { cleanup() }
    _ = writing.wait(timeout: .now() + patience)
    switch ending {
    case .stopped:
      Output.note("\nnibble: stopped")
      _exit(ExitStatus.interrupted.rawValue)
    case .outputLost(let reason):
      Output.note("nibble: standard output cannot be written: \(reason)")
      _exit(ExitStatus.cannotWrite.rawValue)
    case .readerGone:
      signal(SIGPIPE, SIG_DFL)
      var set = sigset_t()
      sigemptyset(&set)
      sigaddset(&set, SIGPIPE)
      pthread_sigmask(SIG_UNBLOCK, &set, nil)
      raise(SIGPIPE)
      _exit(ExitStatus.cannotWrite.rawValue)  // not reached: the signal ended the process
    }
  }
}
