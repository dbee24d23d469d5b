import Foundation
import Glibc

/// The learner's own editor: `$VISUAL`, else `$EDITOR`, else the first of a few that is there.
struct Editor {
  /// The command, as a shell reads it.
  let command: String

  /// The editor that the variables name, or one that is installed.
  ///
  /// - Throws: A `Failure` that says how to name one.
  init(environment: [String: String]) throws {
    for name in ["VISUAL", "EDITOR"] {
      if let named = environment[name], !named.allSatisfy(\.isWhitespace) {
        command = named
        return
      }
    }
    let folders = (environment["PATH"] ?? "").split(separator: ":")
    let known = ["nano", "vim", "vi", "emacs"]
    guard
      let found = known.first(where: { name in
        folders.contains { access("\($0)/\(name)", X_OK) == 0 }
      })
    else {
      throw Failure(
        .missingProgram,
        "no editor: set EDITOR to the command of yours, such as EDITOR=nano")
    }
    command = found
  }

  /// Opens a file and waits until the editor ends.
  ///
  /// The editor shares the terminal. Ctrl-C is its own while it runs.
  ///
  /// - Parameter path: The file.
  /// - Throws: A `Failure` when it cannot be started or says that it failed.
  func edit(_ path: String) throws {
    let status = try Interrupts.leavingToChild { try run(path) }
    let signal = status & 0x7f
    guard signal == 0, status >> 8 & 0xff == 0 else {
      let words = signal != 0 ? "signal \(signal)" : "exit status \(status >> 8 & 0xff)"
      throw Failure(
        .missingProgram,
        "the editor '\(command)' ended with \(words); set EDITOR to the command of yours")
    }
  }

  private func run(_ path: String) throws -> Int32 {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var defaults = sigset_t()
    var none = sigset_t()
    sigfillset(&defaults)
    sigemptyset(&none)
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    // The shell splits the command, as it does for everybody else's EDITOR.
    let words = ["sh", "-c", command + " \"$1\"", "sh", path]
    let arguments = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var child = pid_t()
    let failure = posix_spawn(&child, "/bin/sh", nil, &attributes, arguments, environ)
    guard failure == 0 else {
      throw Failure(
        .missingProgram, "cannot start the editor: \(String(cString: strerror(failure)))")
    }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 && errno == EINTR {}
    return status
  }
}
