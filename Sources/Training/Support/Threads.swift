internal import Dispatch
internal import Glibc
internal import Tensors

/// Splits independent work over threads; what is computed never depends on how many.
enum Threads {
  /// How many the machine has.
  static var available: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

  /// Calls `body` for each of `0..<count`, on at most `threads` threads at a time.
  ///
  /// While it runs, the BLAS uses one thread inside each: with as many outside as there are cores,
  /// that is fastest, and the result of a product does not depend on how its rows were shared out.
  static func each(_ count: Int, threads: Int, _ body: (Int) -> Void) {
    let workers = min(threads, count)
    nonisolated(unsafe) let body = body  // runs only while this call waits for it
    BLASThreads.withOneEach {
      guard workers > 1 else {
        for index in 0..<count { body(index) }
        return
      }
      DispatchQueue.concurrentPerform(iterations: workers) { worker in
        var index = worker
        while index < count {
          body(index)
          index += workers
        }
      }
    }
  }
}
