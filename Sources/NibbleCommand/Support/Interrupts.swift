import Dispatch
import Foundation
import Synchronization

/// Ctrl-C and SIGTERM: children are stopped, temporary folders removed, exit code 130.
///
/// A command registers what must be undone while it is at work; the handler runs it once and leaves.
enum Interrupts {
  private static let cleanups = Mutex<[Int: @Sendable () -> Void]>([:])
  private static let nextKey = Mutex(0)
  /// Kept alive for the life of the process; written once, before anything runs beside it.
  private nonisolated(unsafe) static var sources: [any DispatchSourceSignal] = []

  /// Takes both signals over from the default, which would leave children running.
  static func install() {
    for number in [SIGINT, SIGTERM] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        let pending = cleanups.withLock { waiting in
          let all = Array(waiting.values)
          waiting = [:]
          return all
        }
        for cleanup in pending { cleanup() }
        FileHandle.standardError.write(Data("\nnibble: stopped\n".utf8))
        _exit(ExitStatus.interrupted.rawValue)
      }
      source.resume()
      sources.append(source)
    }
    signal(SIGPIPE, SIG_DFL)  // `nibble list | head -1` ends quietly
  }

  /// Runs `body`; should a signal arrive meanwhile, `cleanup` runs before the process ends.
  static func cleaningUp<Result>(
    _ cleanup: @escaping @Sendable () -> Void, during body: () async throws -> Result
  ) async rethrows -> Result {
    let key = nextKey.withLock { key in
      key += 1
      return key
    }
    cleanups.withLock { $0[key] = cleanup }
    defer { cleanups.withLock { $0[key] = nil } }
    return try await body()
  }

  /// Waits for a task; a signal meanwhile cancels it and waits a moment for it to tidy up.
  static func cancelling<Result: Sendable>(
    _ task: Task<Result, any Error>
  ) async throws -> Result {
    try await cleaningUp {
      task.cancel()
      let done = DispatchSemaphore(value: 0)
      Task.detached {
        _ = await task.result
        done.signal()
      }
      _ = done.wait(timeout: .now() + 3)
    } during: {
      try await task.value
    }
  }
}
