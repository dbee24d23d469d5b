#if canImport(Glibc)
internal import Glibc
#endif

/// The largest resident memory of this process so far.
enum PeakMemory {
  static var bytes: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1024  // Linux counts kibibytes
  }
}
