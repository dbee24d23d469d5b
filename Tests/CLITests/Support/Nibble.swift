import Foundation
import Glibc
import Testing

/// The built command, run as a person would: its whole output and its exit code.
struct Nibble {
  /// What one run printed and how it ended.
  struct Run {
    /// The exit code, or the number of the signal that ended it.
    let status: Int32
    /// Whether a signal ended it.
    let wasSignalled: Bool
    let output: String
    let errors: String

    /// Standard output as a JSON object.
    func json() throws -> [String: Any] {
      let object = try JSONSerialization.jsonObject(with: Data(output.utf8))
      return try #require(object as? [String: Any])
    }
  }

  /// The binary beside the test bundle: the one this very build made.
  static let path: String = {
    let bundle =
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    let folder = (bundle as NSString).deletingLastPathComponent
    return (folder as NSString).appendingPathComponent("nibble")
  }()

  /// The package's own folder.
  static let package: String = {
    var url = URL(fileURLWithPath: #filePath)
    for _ in 0..<4 { url.deleteLastPathComponent() }
    return url.path
  }()

  /// One cache for all runs that do not ask for their own: what the compiler makes of C headers is
  /// kept there, and takes a second to make anew.
  static let cache: String = {
    let path = NSTemporaryDirectory() + "nibble-cli-cache-\(getpid())"
    atexit { try? FileManager.default.removeItem(atPath: Nibble.cache) }
    return path
  }()

  /// Runs the command.
  static func run(
    _ arguments: String..., in folder: String? = nil, environment extra: [String: String] = [:]
  ) throws -> Run {
    try run(arguments, in: folder, environment: extra)
  }

  /// Runs the command.
  static func run(
    _ arguments: [String], in folder: String? = nil, environment extra: [String: String] = [:]
  ) throws -> Run {
    try launch(path, arguments, in: folder, environment: extra)
  }

  /// Runs a line of shell, in which `$NIBBLE` is the command.
  static func shell(
    _ script: String, in folder: String? = nil, environment extra: [String: String] = [:]
  ) throws -> Run {
    try launch("/bin/sh", ["-c", script], in: folder, environment: extra)
  }

  /// The variables of a run: nothing of the learner's own, no colour, a width that does not change.
  static func environment(
    home: String, _ extra: [String: String] = [:]
  ) -> [String: String] {
    var environment = ProcessInfo.processInfo.environment
    environment["NIBBLE"] = path
    environment["NIBBLE_HOME"] = home
    environment["NIBBLE_CACHE"] = cache
    environment["NO_COLOR"] = "1"
    environment["COLUMNS"] = "80"
    return environment.merging(extra) { $1 }
  }

  private static func launch(
    _ program: String, _ arguments: [String], in folder: String?,
    environment extra: [String: String]
  ) throws -> Run {
    let scratch = try TemporaryFolder()
    defer { scratch.remove() }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder ?? package)
    process.environment = environment(home: scratch.path + "/home", extra)
    let outputFile = try scratch.file("output", [])
    let errorFile = try scratch.file("errors", [])
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: outputFile))
    process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errorFile))
    try process.run()
    process.waitUntilExit()
    return Run(
      status: process.terminationStatus,
      wasSignalled: process.terminationReason == .uncaughtSignal,
      output: text(of: outputFile), errors: text(of: errorFile))
  }
}

/// The text of a file; empty where there is none.
func text(of file: String) -> String {
  String(decoding: FileManager.default.contents(atPath: file) ?? Data(), as: UTF8.self)
}
