internal import Glibc

/// The limits a chapter's program sets on itself before its first step.
///
/// The judge also watches from outside; these are the belt to that pair of braces, for a program that
/// grows faster than it is looked at.
enum ResourceLimits {
  /// How far private memory may go above the limit, in megabytes, before an allocation fails.
  ///
  /// The judge counts resident pages, the kernel counts promised ones, and a thread or a BLAS buffer
  /// promises tens of megabytes that nobody touches.
  private static let headRoom = 1024

  static func set(megabytes: Int?, seconds: UInt32?) {
    // Should the judge be gone when the time is over, the program ends all the same.
    if let seconds { alarm(seconds) }
    limit(__rlimit_resource_t(RLIMIT_CORE.rawValue), to: 0)
    guard let megabytes else { return }
    // Private writable memory, not the address space: a mapped checkpoint costs nothing.
    limit(__rlimit_resource_t(RLIMIT_DATA.rawValue), to: rlim_t(megabytes + headRoom) << 20)
  }

  private static func limit(_ resource: __rlimit_resource_t, to value: rlim_t) {
    var bounds = rlimit()
    guard getrlimit(resource, &bounds) == 0 else { return }
    bounds.rlim_cur = min(value, bounds.rlim_max)
    setrlimit(resource, &bounds)
  }
}
