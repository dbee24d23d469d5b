internal import Dispatch
internal import Synchronization

/// Waits, on a thread of the caller's own, for work that is written with `async`.
///
/// A reader at a terminal is one thread that reads keys and waits; compiling and running are tasks.
/// Never to be called on a thread of Swift's own pool, which it would keep from working.
enum Blocking {
  private struct Running {
    var tasks: [Int: Task<Void, Never>] = [:]
    var next = 0
  }

  private static let running = Mutex(Running())

  /// Runs a body and waits for it.
  ///
  /// - Parameters:
  ///   - waiting: Called ten times a second on the waiting thread, with the seconds waited so far.
  ///   - body: The work.
  static func wait<Value: Sendable, Failure: Error>(
    _ waiting: ((Double) -> Void)? = nil,
    for body: @escaping @Sendable () async throws(Failure) -> Value
  ) throws(Failure) -> Value {
    let done = DispatchSemaphore(value: 0)
    let box = Mutex<Result<Value, Failure>?>(nil)
    let task = Task.detached {
      do throws(Failure) {
        let value = try await body()
        box.withLock { $0 = .success(value) }
      } catch {
        box.withLock { $0 = .failure(error) }
      }
      done.signal()
    }
    let key = running.withLock { running in
      running.next += 1
      running.tasks[running.next] = task
      return running.next
    }
    let began = ContinuousClock.now
    while done.wait(timeout: .now() + .milliseconds(100)) == .timedOut {
      waiting?((ContinuousClock.now - began) / .seconds(1))
    }
    running.withLock { $0.tasks[key] = nil }
    guard let result = box.withLock({ $0 }) else {
      preconditionFailure("a body that has ended left neither a value nor an error")
    }
    return try result.get()
  }

  /// Cancels whatever is waited for; the waits then end with what a cancelled body throws.
  static func cancelAll() {
    for task in running.withLock({ Array($0.tasks.values) }) { task.cancel() }
  }
}
