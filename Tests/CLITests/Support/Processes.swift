import Foundation
import Glibc

/// A run of the command that a test can watch and stop; it ends with the test, whatever becomes of that.
final class LiveRun {
  private let process = Process()
  private let folder: TemporaryFolder
  private let output: String
  private let errors: String

  /// Starts the command with its temporary files in `folder/tmp`.
  init(
    _ arguments: [String], in folder: TemporaryFolder, output: FileHandle? = nil,
    environment extra: [String: String] = [:]
  ) throws {
    self.folder = folder
    self.output = try folder.file("output", [])
    errors = try folder.file("errors", [])
    process.executableURL = URL(fileURLWithPath: Nibble.path)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: Nibble.package)
    process.environment = Nibble.environment(
      home: folder.path + "/home", extra.merging(["TMPDIR": try folder.folder("tmp")]) { $1 })
    process.standardInput = FileHandle.nullDevice
    process.standardOutput =
      try output ?? FileHandle(forWritingTo: URL(fileURLWithPath: self.output))
    process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errors))
    try process.run()
  }

  deinit {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
  }

  /// Waits until the command has started something whose command line holds a text and this run's
  /// folder; false after two minutes without.
  func waitForChild(_ text: String) -> Bool {
    for _ in 0..<24_000 {
      if children.contains(where: { $0.contains(text) }) { return true }
      usleep(5000)
    }
    return false
  }

  /// Waits until a text stands in standard error so many times; false after two minutes without.
  func waitForErrors(_ text: String, times: Int = 1) -> Bool {
    for _ in 0..<2400 {
      if CLITests.text(of: errors).ranges(of: text).count >= times { return true }
      usleep(50_000)
    }
    return false
  }

  /// What stands on standard output once a text does; nil after two minutes without.
  func waitForOutput(_ text: String) -> String? {
    for _ in 0..<12_000 {
      let printed = CLITests.text(of: output)
      if printed.contains(text) { return printed }
      usleep(10_000)
    }
    return nil
  }

  /// Waits until the command has computed for so long, however little of a busy machine it gets; false after two
  /// minutes without.
  func waitForWork(seconds: Double) -> Bool {
    let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
    for _ in 0..<12_000 {
      // User time is the 14th field; the second, the name in brackets, may hold spaces.
      let line = CLITests.text(of: "/proc/\(process.processIdentifier)/stat")
      let fields = line.suffix(from: line.lastIndex(of: ")") ?? line.startIndex).split(
        separator: " ")
      if fields.count > 12, let used = Double(fields[12]), used >= seconds * ticks { return true }
      usleep(10_000)
    }
    return false
  }

  /// Sends a signal to the command alone, as `kill` would.
  func send(_ signal: Int32) {
    kill(process.processIdentifier, signal)
  }

  /// Waits for the end.
  func end() -> Nibble.Run {
    process.waitUntilExit()
    return Nibble.Run(
      status: process.terminationStatus,
      wasSignalled: process.terminationReason == .uncaughtSignal,
      output: CLITests.text(of: output), errors: CLITests.text(of: errors))
  }

  /// Command lines of running processes that work in this run's temporary folder.
  var children: [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.filter { Int($0) != nil }.compactMap { name in
      guard let data = FileManager.default.contents(atPath: "/proc/\(name)/cmdline") else {
        return nil
      }
      let line = String(decoding: data.map { $0 == 0 ? 32 : $0 }, as: UTF8.self)
      return line.contains(folder.path + "/tmp/") ? line : nil
    }
  }

  /// What is left of this run's temporary files.
  var leftovers: [String] { folder.names(in: "tmp") }
}
