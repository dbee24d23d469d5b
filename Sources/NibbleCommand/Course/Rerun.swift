import Course

/// Work that is done again whenever a file changes.
///
/// A change that comes while the work is under way stops it, and it begins anew with what changed
/// before and since: an author who saves a mended chapter does not wait for the broken one to end.
enum Rerun {
  private enum Event: Sendable {
    case done
    case changed([String])
  }

  /// Does the work now and after every change, until the task is cancelled or the work fails.
  ///
  /// The watcher is one made before anything was read. The work gets the files that changed since it
  /// last came to its end; none the first time.
  static func always(
    _ watcher: ChapterWatcher, _ work: @escaping @Sendable (Set<String>) async throws -> Void
  ) async throws {
    var changed: Set<String> = []
    while !Task.isCancelled {
      changed = try await once(watcher, changed, work)
    }
    throw CancellationError()
  }

  /// Does the work and waits for the next change; what the work that follows has to look at.
  private static func once(
    _ watcher: ChapterWatcher, _ changed: Set<String>,
    _ work: @escaping @Sendable (Set<String>) async throws -> Void
  ) async throws -> Set<String> {
    try await withThrowingTaskGroup(of: Event.self) { group in
      group.addTask {
        try await work(changed)
        return .done
      }
      group.addTask { .changed(try await watcher.nextChange()) }
      var isDone = false
      while let event = try await group.next() {
        guard case .changed(let paths) = event else {
          isDone = true
          continue
        }
        group.cancelAll()
        // How work that was given up ended is of no interest: it is done again.
        while let result = await group.nextResult() {
          if case .success = result { isDone = true }
        }
        return isDone ? Set(paths) : changed.union(paths)
      }
      throw CancellationError()  // not reached: a change is told, or thrown past
    }
  }
}
