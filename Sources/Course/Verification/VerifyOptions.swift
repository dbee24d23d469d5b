internal import Glibc

/// How far a chapter may go when it is verified.
public struct VerifyOptions: Sendable, Hashable {
  /// The longest that one run of a chapter may take, in seconds.
  ///
  /// It ends endless loops. A chapter that trains or quantizes models takes up to two minutes of a core that it has to
  /// itself; a machine that is slow, or busy with other things, may need several times that.
  public var timeLimit = 900.0
  /// The most private memory a chapter may hold, in megabytes.
  public var memoryLimit = 4096
  /// Whether steps marked `slow` run too.
  public var runsSlowSteps = false
  /// How many processes, compilers included, run at once.
  public var jobs = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
  /// The folder whose `Datasets` a chapter finds that has none beside its own folder.
  public var course: String?
  /// Whether results of the same code, engine, toolchain and data are taken as they are.
  public var usesCache = true

  /// The limits of a verification that nobody asked to change.
  public init() {}
}
