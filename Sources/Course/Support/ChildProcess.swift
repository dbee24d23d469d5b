internal import Glibc

/// A program in a process group of its own, watched until it ends or goes too far.
///
/// A small shim over `posix_spawn` rather than swift-subprocess: that one closes every descriptor, has
/// no hook before `exec` either, and needs `SystemPackage` named beside it, for 21 CPU seconds of
/// every clean build. What a chapter needs is here: files for the output, a group that is killed whole,
/// and a look at its memory and its files every few milliseconds.
struct ChildProcess {
  /// What to run, and how.
  struct Command {
    var program: String
    var arguments: [String]
    var environment: [String: String]
    /// Where standard output and standard error go.
    var output: String
    var errors: String
  }

  /// How far it may go.
  struct Limits {
    var seconds: Double
    /// Private memory in megabytes; nil when it is not watched.
    var megabytes: Int?
    /// The largest each of `files` may grow, in bytes.
    var bytes = 16 << 20
    var files: [String] = []
  }

  /// How it ended.
  enum Ending: Hashable, Codable, Sendable {
    case exited(Int)
    case signalled(Int)
    case timedOut
    case outOfMemory(megabytes: Int)
    case wroteTooMuch

    /// How a variant ended, as the program that split off it wrote it down.
    init?(text: String) {
      let words = text.split(separator: " ")
      switch (words.first, words.last.flatMap { Int($0) }) {
      case ("exited", let code?): self = .exited(code)
      case ("signalled", let signal?): self = .signalled(signal)
      case ("timedOut", _): self = .timedOut
      default: return nil
      }
    }
  }

  /// Runs a program to its end.
  ///
  /// Standard input is empty. When the calling task is cancelled, it and all it started is killed first.
  static func run(
    _ command: Command, limits: Limits
  ) async throws(ExecutionError) -> Ending {
    let process = try spawn(command)
    let began = ContinuousClock.now
    var pause = Duration.milliseconds(1)
    while !hasEnded(process) {
      if Task.isCancelled {
        ProcessTree.kill(process)
        end(process)
        throw .cancelled
      }
      if let broken = broken(limits, by: process, since: began) {
        ProcessTree.kill(process)
        end(process)
        return broken
      }
      // A cancelled sleep returns at once, and the next round sees to it.
      try? await Task.sleep(for: pause)
      pause = min(pause * 1.25, .milliseconds(20))
    }
    let ending = end(process)
    // On a busy machine the end may come before the next look.
    if limits.files.contains(where: { Files.size(of: $0) > limits.bytes }) { return .wroteTooMuch }
    // The program's own alarm: it outlived its time, and nobody looked.
    return ending == .signalled(Int(SIGALRM)) ? .timedOut : ending
  }

  /// The limit that a running process broke, if it did.
  static func broken(
    _ limits: Limits, by process: pid_t, since began: ContinuousClock.Instant
  ) -> Ending? {
    if (ContinuousClock.now - began) / .seconds(1) > limits.seconds { return .timedOut }
    if let allowed = limits.megabytes {
      let used = ProcessMemory.megabytes(of: process)
      if used > allowed { return .outOfMemory(megabytes: used) }
    }
    return limits.files.contains { Files.size(of: $0) > limits.bytes } ? .wroteTooMuch : nil
  }

  /// Whether the process has ended; it stays unburied, so that its number is nobody else's yet.
  static func hasEnded(_ process: pid_t) -> Bool {
    var information = siginfo_t()
    let result = waitid(P_PID, id_t(process), &information, WEXITED | WNOHANG | WNOWAIT)
    return result != 0 || information.si_signo != 0
  }

  /// Kills what is left of the group, buries the leader, and says how it ended.
  @discardableResult
  static func end(_ process: pid_t) -> Ending {
    kill(-process, SIGKILL)
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 && errno == EINTR {}
    let signal = status & 0x7f
    return signal == 0 ? .exited(Int(status >> 8 & 0xff)) : .signalled(Int(signal))
  }

  /// Starts a program in a process group of its own; the caller watches it and ends it.
  static func spawn(_ command: Command) throws(ExecutionError) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    let create = O_WRONLY | O_CREAT | O_TRUNC
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, command.output, create, 0o600)
    if command.errors == command.output {
      posix_spawn_file_actions_adddup2(&actions, 1, 2)
    } else {
      posix_spawn_file_actions_addopen(&actions, 2, command.errors, create, 0o600)
    }

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    var every = sigset_t()
    sigemptyset(&none)
    sigfillset(&every)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &every)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes,
      Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    let arguments = ([command.program] + command.arguments).map { strdup($0) } + [nil]
    let variables = command.environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer {
      for text in arguments + variables { free(text) }
    }
    var process = pid_t()
    var failure = posix_spawn(
      &process, command.program, &actions, &attributes, arguments, variables)
    // Another thread's child, between its fork and its exec, still has the program open that was
    // written a moment ago; that passes.
    for _ in 0..<100 where failure == ETXTBSY {
      usleep(10_000)
      failure = posix_spawn(
        &process, command.program, &actions, &attributes, arguments, variables)
    }
    guard failure == 0 else {
      throw .cannotRun(program: command.program, reason: String(cString: strerror(failure)))
    }
    return process
  }
}

/// How much memory a process has to itself.
private enum ProcessMemory {
  /// Private and shared anonymous pages in megabytes; a mapped file costs nothing, since the kernel
  /// takes its pages back when it likes.
  static func megabytes(of process: pid_t) -> Int {
    guard let file = fopen("/proc/\(process)/status", "re") else { return 0 }
    defer { fclose(file) }
    var text = [UInt8](repeating: 0, count: 4096)
    let count = fread(&text, 1, text.count, file)
    let kilobytes = String(decoding: text[..<count], as: UTF8.self)
      .split(separator: "\n")
      .filter { $0.hasPrefix("RssAnon:") || $0.hasPrefix("RssShmem:") }
      .compactMap { line in Int(line.filter { $0.isASCII && $0.isNumber }) }
    return kilobytes.reduce(0, +) / 1024
  }
}
