import ArgumentParser

/// Exit codes, by kind: the contract scripts rely on.
enum ExitStatus: Int32 {
  /// Done, or held.
  case success = 0
  /// Something did not hold.
  case didNotHold = 1
  /// The command line makes no sense.
  case usage = 64
  /// A data file is malformed, or its values are not usable.
  case badData = 65
  /// No such input.
  case noInput = 66
  /// A needed program, such as `swiftc`, is missing.
  case missingProgram = 69
  /// Our fault.
  case software = 70
  /// An output cannot be written, or exists and may not be replaced.
  case cannotWrite = 73
  /// Stopped by Ctrl-C or SIGTERM.
  case interrupted = 130
}

/// A failure that already has its words and its exit code.
struct Failure: Error {
  /// The exit code.
  let status: ExitStatus
  /// What to print on standard error; empty when everything was said.
  let message: String

  /// A failure with a message.
  init(_ status: ExitStatus, _ message: String = "") {
    self.status = status
    self.message = message
  }
}
