import Foundation
import Glibc

/// What a piece of work needs in memory, over what was there before.
///
/// One process runs all methods, so its peak says little about any but the largest. Before each one,
/// memory that earlier ones have given back is returned to the system, and the kernel is asked to
/// forget the peak so far (5 into `/proc/self/clear_refs`). What the peak then rises over the memory in
/// use is the method's: its working memory and its result, not the layer.
enum ResidentMemory {
  /// Runs a body and says how far resident memory rose.
  ///
  /// - Parameter body: The work.
  /// - Returns: What the body returns, and bytes; nil where the system cannot forget a peak.
  static func rise<Value>(during body: () throws -> Value) rethrows -> (value: Value, bytes: Int?) {
    giveBack()
    guard forgetPeak(), let before = status("VmRSS:") else { return (try body(), nil) }
    let value = try body()
    return (value, status("VmHWM:").map { max(0, $0 - before) })
  }

  private static func forgetPeak() -> Bool {
    let descriptor = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return write(descriptor, "5", 1) == 1
  }

  /// A figure of `/proc/self/status`, in bytes.
  private static func status(_ name: String) -> Int? {
    guard let data = FileManager.default.contents(atPath: "/proc/self/status") else { return nil }
    let line = String(decoding: data, as: UTF8.self).split(separator: "\n")
      .first { $0.hasPrefix(name) }
    let number = line?.dropFirst(name.count).split(whereSeparator: \.isWhitespace).first
    return number.flatMap { Int($0) }.map { $0 * 1024 }
  }

  /// Hands freed memory back to the system; a C library without such a call keeps it.
  private static func giveBack() {
    typealias Trim = @convention(c) (Int) -> CInt
    guard let symbol = dlsym(nil, "malloc_trim") else { return }
    _ = unsafeBitCast(symbol, to: Trim.self)(0)
  }
}
