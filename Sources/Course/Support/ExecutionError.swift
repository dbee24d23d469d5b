/// Why a chapter could not be run at all; what goes wrong inside one is a ``Diagnostic`` instead.
public enum ExecutionError: Error, Hashable, Sendable, CustomStringConvertible {
  /// There is no Swift compiler on this machine.
  case noCompiler(searched: String)
  /// The engine that chapters are compiled against was not found.
  case noEngine(searched: [String])
  /// A file or folder could not be written.
  case cannotWrite(path: String, reason: String)
  /// A file could not be read.
  case cannotRead(path: String, reason: String)
  /// A program could not be started.
  case cannotRun(program: String, reason: String)
  /// Somebody asked to stop.
  case cancelled

  /// What, where, and what to do.
  public var description: String {
    switch self {
    case .noCompiler(let searched):
      """
      swiftc was not found in \(searched.isEmpty ? "an empty PATH" : "PATH (\(searched))"); \
      chapters are compiled before they run: install a Swift 6.2 toolchain or newer from \
      https://www.swift.org/install and put its usr/bin in PATH
      """
    case .noEngine(let searched):
      """
      the engine that chapters are compiled against was not found (looked for libNibble.so and \
      its modules in \(searched.joined(separator: ", "))); build it with \
      'swift build -c release', or set NIBBLE_ENGINE to the folder that holds it
      """
    case .cannotWrite(let path, let reason): "cannot write \(path): \(reason)"
    case .cannotRead(let path, let reason): "cannot read \(path): \(reason)"
    case .cannotRun(let program, let reason): "cannot run \(program): \(reason)"
    case .cancelled: "stopped before the end"
    }
  }
}
