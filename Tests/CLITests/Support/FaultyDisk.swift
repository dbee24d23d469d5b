import Foundation
import Testing

/// A disk that fails, or a machine that dies, at a chosen call: a library between the command and the system.
///
/// Calls that change something below a folder are numbered from 1 on: names made, given and taken away, bytes
/// written, files and folders made to outlive a power cut. Everything else goes its way.
struct FaultyDisk {
  /// What is to happen.
  enum Fault {
    /// Nothing; calls are written down.
    case none
    /// The process is killed instead of this call; of bytes that were to be written half are.
    case death(at: Int)
    /// This call fails with an error number. Calls that take a name away are not counted: tidying up works.
    case error(Int32, at: Int)
    /// The process waits a minute before this call: it can be stopped there.
    case pause(at: Int)
  }

  private let library: String
  private let log: String
  private let pause: String
  private let root: String

  /// Compiles the library into a folder.
  init(in folder: TemporaryFolder, below root: String) throws {
    self.root = root
    library = folder.path + "/faults.so"
    log = folder.path + "/faults.log"
    pause = folder.path + "/faults.pause"
    let source = try folder.file("faults.c", text: Self.shim)
    let built = try Nibble.shell("clang -O1 -shared -fPIC -o '\(library)' '\(source)' -ldl")
    try #require(built.status == 0, "\(built.errors)")
  }

  /// Runs the command.
  ///
  /// - Parameters:
  ///   - arguments: The command's.
  ///   - fault: What is to happen.
  ///   - exchanges: Whether the file system can let two names change places; not every one can.
  /// - Returns: How it ended.
  /// - Throws: What starting a process throws.
  func run(_ arguments: [String], _ fault: Fault, exchanges: Bool = true) throws -> Nibble.Run {
    try Nibble.run(arguments, environment: environment(fault, exchanges: exchanges))
  }

  /// What makes a run of the command meet a fault.
  func environment(_ fault: Fault, exchanges: Bool = true) -> [String: String] {
    var environment = ["LD_PRELOAD": library, "FAULT_ROOT": root]
    if !exchanges { environment["FAULT_PLAIN_RENAMES"] = "1" }
    switch fault {
    case .none:
      try? FileManager.default.removeItem(atPath: log)
      environment["FAULT_LOG"] = log
    case .death(let step): environment["FAULT_AT"] = "\(step)"
    case .error(let code, let step):
      environment["FAULT_AT"] = "\(step)"
      environment["FAULT_ERROR"] = "\(code)"
    case .pause(let step):
      environment["FAULT_AT"] = "\(step)"
      try? FileManager.default.removeItem(atPath: pause)
      environment["FAULT_PAUSE"] = pause
    }
    return environment
  }

  /// Waits until a run has come to the call that it is to wait before; false after two minutes without.
  func waitUntilPaused() -> Bool {
    for _ in 0..<12_000 {
      if FileManager.default.fileExists(atPath: pause) { return true }
      usleep(10_000)
    }
    return false
  }

  /// What the last run without a fault did: `rename /…/a`, in order.
  var calls: [String] {
    CLITests.text(of: log).split(separator: "\n").map(String.init)
  }

  /// Which of them gave a file its name, whose end is given; the first is 1.
  func step(naming file: String) throws -> Int {
    try #require(calls.firstIndex { $0.hasPrefix("rename ") && $0.hasSuffix(file) }) + 1
  }

  private static let shim = """
    #define _GNU_SOURCE
    #include <dlfcn.h>
    #include <errno.h>
    #include <fcntl.h>
    #include <limits.h>
    #include <signal.h>
    #include <stdarg.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <string.h>
    #include <sys/stat.h>
    #include <unistd.h>

    #define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

    static int calls = 0;

    // Whether this call is to fail; the process may not come back. `takes` says that it takes a name away.
    static int fails(const char *call, const char *path, int takes, int *isLast) {
      const char *root = getenv("FAULT_ROOT"), *at = getenv("FAULT_AT"), *error = getenv("FAULT_ERROR");
      if (!root || !path || !strstr(path, root) || (error && takes)) return 0;
      const int number = __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST);
      const char *log = getenv("FAULT_LOG");
      if (log) {
        char line[2 * PATH_MAX];
        const int length = snprintf(line, sizeof line, "%s %s\\n", call, path);
        const int file = REAL(open)(log, O_WRONLY | O_CREAT | O_APPEND, 0666);
        if (REAL(write)(file, line, length) != length) abort();
        close(file);
      }
      if (!at || atoi(at) != number) return 0;
      const char *pause = getenv("FAULT_PAUSE");
      if (pause) {
        close(REAL(open)(pause, O_WRONLY | O_CREAT, 0666));
        sleep(60);
        return 0;
      }
      if (error) {
        errno = atoi(error);
        return 1;
      }
      if (isLast) *isLast = 1; else raise(SIGKILL);
      return 0;
    }

    static int failsAt(const char *call, int file, int *isLast) {
      char link[64], path[PATH_MAX];
      snprintf(link, sizeof link, "/proc/self/fd/%d", file);
      const ssize_t length = readlink(link, path, sizeof path - 1);
      if (length < 0) return 0;
      path[length] = 0;
      return fails(call, path, 0, isLast);
    }

    int open(const char *path, int flags, ...) {
      va_list rest;
      va_start(rest, flags);
      const mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
      va_end(rest);
      if (flags & O_CREAT && fails("open", path, 0, NULL)) return -1;
      return REAL(open)(path, flags, mode);
    }

    ssize_t write(int file, const void *bytes, size_t count) {
      int isLast = 0;
      if (failsAt("write", file, &isLast)) return -1;
      if (!isLast) return REAL(write)(file, bytes, count);
      const ssize_t half = REAL(write)(file, bytes, count / 2);
      raise(SIGKILL);
      return half;
    }

    int fsync(int file) { return failsAt("fsync", file, NULL) ? -1 : REAL(fsync)(file); }

    int rename(const char *from, const char *to) {
      return fails("rename", to, 0, NULL) ? -1 : REAL(rename)(from, to);
    }

    int renameat2(int place, const char *from, int other, const char *to, unsigned flags) {
      if (flags && getenv("FAULT_PLAIN_RENAMES")) {
        errno = EINVAL;
        return -1;
      }
      return fails("renameat2", to, 0, NULL) ? -1 : REAL(renameat2)(place, from, other, to, flags);
    }

    int link(const char *from, const char *to) {
      return fails("link", to, 0, NULL) ? -1 : REAL(link)(from, to);
    }

    int mkdir(const char *path, mode_t mode) {
      return fails("mkdir", path, 0, NULL) ? -1 : REAL(mkdir)(path, mode);
    }

    int unlink(const char *path) { return fails("unlink", path, 1, NULL) ? -1 : REAL(unlink)(path); }

    int rmdir(const char *path) { return fails("rmdir", path, 1, NULL) ? -1 : REAL(rmdir)(path); }

    """
}

/// A small file system in memory, which fills up or is made read-only.
struct TinyDisk {
  let path: String

  /// Whether this user may have one here.
  static let isPossible: Bool = {
    guard let folder = try? TemporaryFolder() else { return false }
    defer { folder.remove() }
    guard let disk = try? TinyDisk(in: folder, kilobytes: 64) else { return false }
    disk.remove()
    return true
  }()

  static let reason: Comment = "this user may not mount a file system here"

  /// Mounts one.
  init(in folder: TemporaryFolder, kilobytes: Int) throws {
    path = try folder.folder("disk")
    let run = try Nibble.shell("mount -t tmpfs -o size=\(kilobytes)k nibble-test '\(path)'")
    try #require(run.status == 0, "\(run.errors)")
  }

  /// Changes it: `ro`, `rw`, `size=8m`.
  func remount(_ options: String) throws {
    let run = try Nibble.shell("mount -o remount,\(options) '\(path)'")
    try #require(run.status == 0, "\(run.errors)")
  }

  func remove() { _ = try? Nibble.shell("umount '\(path)'") }
}
