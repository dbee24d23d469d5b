internal import Glibc

/// Tries many variants in one run: at each, the process splits, and one half goes in.
///
/// A variant needs the program up to its place. Running that anew for each costs most of a chapter's
/// time, and `fork` is exactly that state for nothing, while the process has a single thread (the
/// judge asks BLAS to use one). With more, nothing splits, and the judge runs the variant by itself.
enum VariantForks {
  /// Splits at a variant.
  ///
  /// - Parameters:
  ///   - name: The variant's name.
  ///   - folder: Where its records, its output and how it ended are left.
  ///   - seconds: How long it may take.
  ///   - records: The descriptor that records are written to.
  /// - Returns: True in the half that goes in.
  static func enters(
    _ name: String, folder: String, seconds: Double, records: Int32
  ) -> Bool {
    guard hasOneThread else { return false }
    let path = folder + "/" + fileName(of: name)
    fflush(nil)
    // The time that the variant takes is its own, not the program's.
    let remaining = alarm(0)
    let child = fork()
    if child == 0 {
      redirect(STDOUT_FILENO, to: path + ".output")
      redirect(STDERR_FILENO, to: path + ".errors")
      redirect(records, to: path + ".records")
      // Should nobody be left to watch, it ends all the same.
      alarm(UInt32(seconds) + 5)
      return true
    }
    if child > 0 { leave(ending(of: child, within: seconds), at: path + ".ending") }
    if remaining > 0 { alarm(remaining) }
    return false
  }

  /// The name of a variant's files: its bytes in hexadecimal, since a name may hold anything.
  static func fileName(of name: String) -> String {
    name.utf8.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }

  private static var hasOneThread: Bool {
    guard let folder = opendir("/proc/self/task") else { return false }
    defer { closedir(folder) }
    var entries = 0
    while readdir(folder) != nil { entries += 1 }
    return entries == 3  // ".", ".." and the thread
  }

  private static func redirect(_ descriptor: Int32, to path: String) {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0o600)
    guard file >= 0 else { _exit(70) }
    dup2(file, descriptor)
    close(file)
  }

  private static func ending(of child: pid_t, within seconds: Double) -> String {
    let began = ContinuousClock.now
    var pause: UInt32 = 500
    while true {
      var status: Int32 = 0
      if waitpid(child, &status, WNOHANG) == child {
        let signal = status & 0x7f
        return signal == 0 ? "exited \(status >> 8 & 0xff)" : "signalled \(signal)"
      }
      if (ContinuousClock.now - began) / .seconds(1) > seconds {
        kill(child, SIGKILL)
        waitpid(child, &status, 0)
        return "timedOut"
      }
      usleep(pause)
      pause = min(pause * 2, 10_000)
    }
  }

  private static func leave(_ text: String, at path: String) {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard file >= 0 else { return }
    let bytes = Array(text.utf8)
    _ = bytes.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
    close(file)
  }
}

extension StepRecording {
  /// The name of the files that a variant leaves when many are tried in one run.
  ///
  /// - Parameter variant: The variant's name.
  /// - Returns: A name without an extension.
  public static func fileName(ofVariant variant: String) -> String {
    VariantForks.fileName(of: variant)
  }
}
