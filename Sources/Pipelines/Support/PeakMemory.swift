#if canImport(Glibc)
internal import Glibc
#endif

/// The largest resident memory of this process so far.
public enum PeakMemory {
  /// Bytes, files that are mapped included.
  ///
  /// The system's high-water mark of this program's own memory. `getrusage` is asked only where that is not told: it
  /// counts what the process had before this program was loaded into it, which is its parent's memory.
  public static var bytes: Int {
    if let own = mark { return own }
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1024  // Linux counts kibibytes
  }

  /// `VmHWM:    123456 kB` in the process's status.
  private static var mark: Int? {
    guard let status = try? Files.contents("/proc/self/status") else { return nil }
    for line in status.split(separator: 0x0A) where line.starts(with: "VmHWM:".utf8) {
      let digits = line.filter { (0x30...0x39).contains($0) }
      return Int(String(decoding: digits, as: UTF8.self)).map { $0 * 1024 }
    }
    return nil
  }
}
