internal import Dispatch
internal import Synchronization

/// Waits, on a thread of the caller's own, for work that is written with `async`.
///
/// A reader at a terminal is one thread that reads keys and waits; compiling and running are tasks.
/// Never to be called on a thread of Swift's own pool, which it would keep from working.
enum Blocking {
  /// Something at work: how to cancel it, and what ends when it has.
  private struct Work: Sendable {
    let ended: Task<Void, Never>
    let cancel: @Sendable () -> Void
  }

  private struct Running {
    var tasks: [Int: Work] = [:]
    var next = 0
  }

  private static let running = Mutex(Running())

  /// Runs a body and waits for it.
  ///
  /// - Parameters:
  ///   - waiting: Called ten times a second on the waiting thread, with the seconds waited so far.
  ///   - body: The work.
  /// - Returns: What it returned.
  /// - Throws: What it threw.
  static func wait<Value: Sendable, Failure: Error>(
    _ waiting: ((Double) -> Void)? = nil,
    for body: @escaping @Sendable () async throws(Failure) -> Value
  ) throws(Failure) -> Value {
    let done = DispatchSemaphore(value: 0)
    let box = Mutex<Result<Value, Failure>?>(nil)
    let key = track(
      Task.detached {
        do throws(Failure) {
          let value = try await body()
          box.withLock { $0 = .success(value) }
        } catch {
          box.withLock { $0 = .failure(error) }
        }
        done.signal()
      })
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

  /// Starts work that is waited for later, or never.
  ///
  /// - Parameter body: The work.
  /// - Returns: Its task.
  static func start<Value: Sendable>(
    _ body: @escaping @Sendable () async -> Value
  ) -> Task<Value, Never> {
    let task = Task.detached { await body() }
    let key = track(Task.detached { _ = await task.value }, cancelling: task)
    Task.detached {
      _ = await task.value
      running.withLock { $0.tasks[key] = nil }
    }
    return task
  }

  /// Cancels whatever is at work and gives it a moment to tidy up; the waits then end with what a
  /// cancelled body throws.
  static func cancelAll() {
    let all = running.withLock { Array($0.tasks.values) }
    for work in all { work.cancel() }
    let done = DispatchSemaphore(value: 0)
    Task.detached {
      for work in all { await work.ended.value }
      done.signal()
    }
    _ = done.wait(timeout: .now() + .seconds(2))
  }

  private static func track(_ ended: Task<Void, Never>) -> Int {
    track(ended, cancelling: ended)
  }

  private static func track<Value: Sendable>(
    _ ended: Task<Void, Never>, cancelling task: Task<Value, Never>
  ) -> Int {
    running.withLock { running in
      running.next += 1
      running.tasks[running.next] = Work(ended: ended) { task.cancel() }
      return running.next
    }
  }
}
