internal import CKernels
internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#endif

/// Threads that stay awake for a moment after their work, because more is about to come.
///
/// A new token takes some sixty hand-overs, a few dozen microseconds of work each. A thread that has to be woken
/// for each of them comes when half of the work is done; one that looks for work a little while longer is there.
/// After that while it sleeps, and costs nothing.
final class ThreadTeam: Sendable {
  /// One thread for every core but the caller's.
  static let shared = ThreadTeam(helpers: Parallel.cores - 1)

  /// How often a thread looks for work before it sleeps: with a pause between, about a tenth of a millisecond.
  private static let patience = 2000

  private let isTaken = Atomic(false)
  /// The number of the job that is open to helpers; 0 for none.
  private let open = Atomic(0)
  /// The next part that nobody does yet.
  private let next = Atomic(0)
  /// Helpers that may be using the job.
  private let inside = Atomic(0)
  private let sleepers = Atomic(0)
  private let bed = Bed()
  /// Whether the caller sleeps until nobody is inside any more.
  private let isAwaited = Atomic(false)
  private let chair = Bed()
  private let desk = Desk()

  /// What is to be done, written only while no job is open and nobody is inside.
  private final class Desk: @unchecked Sendable {
    var parts = 0
    var number = 0
    var body: ((Int) -> Void)?
  }

  private init(helpers: Int) {
    for _ in 0..<helpers {
      var thread = pthread_t()
      let team = Unmanaged.passRetained(self)
      let failed = pthread_create(&thread, nil, threadMain, team.toOpaque())
      // Without a helper the caller does all parts itself.
      if failed == 0 { pthread_detach(thread) } else { team.release() }
    }
  }

  /// Calls `body` with every number below `parts`, on all threads, and returns when all calls have.
  ///
  /// - Returns: False where the team has other work; nothing was called then.
  func perform(_ parts: Int, _ body: (Int) -> Void) -> Bool {
    guard isTaken.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
    else { return false }
    withoutActuallyEscaping(body) { body in
      desk.parts = parts
      desk.body = body
      desk.number += 1
      next.store(0, ordering: .relaxed)
      open.store(desk.number, ordering: .sequentiallyConsistent)
      // Who goes to bed counts himself before he looks at `open` once more: one of the two sees the other.
      if sleepers.load(ordering: .sequentiallyConsistent) > 0 { bed.wake() }
      work()
      open.store(0, ordering: .sequentiallyConsistent)
      // Who comes in counts himself before he looks at `open`: from here on nobody new uses the job.
      var looks = 0
      while inside.load(ordering: .sequentiallyConsistent) > 0 {
        looks += 1
        if looks < Self.patience { nibble_pause() } else { awaitHelpers() }
      }
      desk.body = nil
    }
    isTaken.store(false, ordering: .releasing)
    return true
  }

  /// Sleeps until nobody is inside: who works there may have been interrupted for the work of another program,
  /// which the caller's looking on would only slow down.
  private func awaitHelpers() {
    chair.sleep {
      isAwaited.store(true, ordering: .sequentiallyConsistent)
    } while: {
      inside.load(ordering: .sequentiallyConsistent) > 0
    }
    isAwaited.store(false, ordering: .sequentiallyConsistent)
  }

  private func work() {
    guard let body = desk.body else { return }
    let parts = desk.parts
    while case let part = next.wrappingAdd(1, ordering: .relaxed).oldValue, part < parts {
      body(part)
    }
  }

  /// What a helper does all its life.
  fileprivate func help() {
    var last = 0
    while true {
      var looks = 0
      var number = open.load(ordering: .acquiring)
      while number == 0 || number == last {
        looks += 1
        if looks < Self.patience { nibble_pause() } else { goToBed(after: last) }
        number = open.load(ordering: .acquiring)
      }
      inside.wrappingAdd(1, ordering: .sequentiallyConsistent)
      if open.load(ordering: .sequentiallyConsistent) != 0 {
        last = desk.number
        work()
      }
      // The last one out wakes the caller, if he sleeps; he says so before he looks who is inside.
      let left = inside.wrappingSubtract(1, ordering: .sequentiallyConsistent).newValue
      if left == 0, isAwaited.load(ordering: .sequentiallyConsistent) { chair.wake() }
    }
  }

  private func goToBed(after last: Int) {
    bed.sleep {
      sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
    } while: {
      let number = open.load(ordering: .sequentiallyConsistent)
      return number == 0 || number == last
    }
    sleepers.wrappingSubtract(1, ordering: .sequentiallyConsistent)
  }
}

private func threadMain(_ team: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  if let team { Unmanaged<ThreadTeam>.fromOpaque(team).takeUnretainedValue().help() }
  return nil
}

/// Where threads sleep until they are woken.
private final class Bed: @unchecked Sendable {
  private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let call = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  init() {
    pthread_mutex_init(lock, nil)
    pthread_cond_init(call, nil)
  }

  /// Sleeps as long as a condition holds, which is looked at after the sleeper has been announced.
  func sleep(_ announce: () -> Void, while isIdle: () -> Bool) {
    pthread_mutex_lock(lock)
    announce()
    while isIdle() { pthread_cond_wait(call, lock) }
    pthread_mutex_unlock(lock)
  }

  func wake() {
    pthread_mutex_lock(lock)
    pthread_cond_broadcast(call)
    pthread_mutex_unlock(lock)
  }
}
