internal import CKernels
internal import COpenBLAS
internal import Synchronization

/// How many threads the BLAS may use for one product.
///
/// One setting for the whole process. Set it before threads of your own call products at the same
/// time: with as many threads outside as there are cores, one inside each is fastest.
public enum BLASThreads {
  /// The number of threads; at first what the library found, usually the number of cores.
  ///
  /// Set while a body of ``withOneEach(_:)`` runs, it counts from the end of the last such body.
  public static var count: Int {
    get {
      bodies.withLock { bodies in
        Int(bodies.running > 0 ? bodies.found : openblas_get_num_threads())
      }
    }
    set {
      precondition(newValue > 0, "\(newValue) threads; 1 or more are needed")
      bodies.withLock { bodies in
        if bodies.running > 0 {
          bodies.found = Int32(clamping: newValue)
        } else {
          openblas_set_num_threads(Int32(clamping: newValue))
        }
      }
    }
  }

  /// Runs a body in which every product uses the thread that asks for it and no other.
  ///
  /// For work that is split over threads outside: a thread that the system holds up then holds up
  /// nobody else, where the library's own threads wait for each other at every product. Bodies may
  /// nest and overlap; the last to end restores the count that the first one found.
  ///
  /// - Parameter body: What to run.
  /// - Returns: What it returns.
  public static func withOneEach<Result>(_ body: () -> Result) -> Result {
    bodies.withLock { bodies in
      if bodies.running == 0 {
        bodies.found = openblas_get_num_threads()
        openblas_set_num_threads(1)
      }
      bodies.running += 1
    }
    defer {
      bodies.withLock { bodies in
        bodies.running -= 1
        if bodies.running == 0 { openblas_set_num_threads(bodies.found) }
      }
    }
    return body()
  }

  private struct Bodies {
    var running = 0
    var found: Int32 = 1
  }
  private static let bodies = Mutex(Bodies())
}

/// Which kernels the BLAS runs on this processor.
public enum BLASCore {
  /// OpenBLAS's name for them: `SkylakeX`, `Haswell`.
  ///
  /// An OpenBLAS older than the processor falls back to its slowest kernels; when a program that
  /// contains this library starts, it is told to take ``widest`` instead, unless `OPENBLAS_CORETYPE`
  /// is set.
  public static var name: String { String(cString: openblas_get_corename()) }

  /// The widest kernels this processor can run; nil where that is not known.
  public static var widest: String? { nibble_blas_widest_core().map { String(cString: $0) } }
}
