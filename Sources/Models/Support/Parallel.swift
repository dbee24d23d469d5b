internal import Dispatch
internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#endif

/// Splits independent work over threads; what is computed never depends on how many.
enum Parallel {
  /// How many cores there are.
  static let cores = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))

  /// Calls `body` with consecutive ranges that cover `0..<count`, `parts` of them.
  ///
  /// More parts than cores let a core that was interrupted fall behind without the others waiting for
  /// it. The calling thread works too, so nothing is lost where no other is free.
  static func split(_ count: Int, parts: Int, _ body: (Range<Int>) -> Void) {
    let parts = min(parts, count)
    guard parts > 1 else {
      if count > 0 { body(0..<count) }
      return
    }
    @Sendable func range(_ part: Int) -> Range<Int> {
      count * part / parts..<count * (part + 1) / parts
    }
    guard cores > 1 else {
      for part in 0..<parts { body(range(part)) }
      return
    }
    nonisolated(unsafe) let body = body  // runs only while this call waits for it
    if ThreadTeam.shared.perform(parts, { body(range($0)) }) { return }
    DispatchQueue.concurrentPerform(iterations: parts) { body(range($0)) }
  }

  /// Whether `body` holds for every one of ranges that cover `0..<count`.
  static func all(_ count: Int, parts: Int, _ body: (Range<Int>) -> Bool) -> Bool {
    let holds = Atomic(true)
    split(count, parts: parts) { range in
      if !body(range) { holds.store(false, ordering: .relaxed) }
    }
    return holds.load(ordering: .relaxed)
  }

  /// Below so many multiplications or elements, handing over to another thread takes longer than the work.
  static let leastWork = 1 << 17

  /// How many parts a number of multiplications or elements is worth.
  ///
  /// By the number of cores: for work whose results do not depend on where it is cut.
  static func parts(for work: Int) -> Int { work < leastWork ? 1 : 4 * cores }
}
