import Dispatch

#if canImport(Glibc)
import Glibc
#endif

/// Splits independent work over threads; what is computed never depends on how many.
enum Parallel {
  /// Below this many elements a second thread costs more than it brings.
  static let worthwhile = 1 << 20

  /// How many threads to use for a number of elements when the caller did not say.
  static func threads(_ asked: Int?, elements: Int) -> Int {
    if let asked { return max(1, asked) }
    return elements < worthwhile ? 1 : max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
  }

  /// Calls `body` with consecutive ranges that cover `0..<count`, one range a thread.
  ///
  /// The ranges must be independent: each call writes only what belongs to its own range.
  static func split(_ count: Int, threads: Int, _ body: (Range<Int>) -> Void) {
    let parts = min(threads, count)
    guard parts > 1 else {
      if count > 0 { body(0..<count) }
      return
    }
    nonisolated(unsafe) let body = body  // runs only while this call waits for it
    DispatchQueue.concurrentPerform(iterations: parts) { part in
      body(count * part / parts..<count * (part + 1) / parts)
    }
  }
}
