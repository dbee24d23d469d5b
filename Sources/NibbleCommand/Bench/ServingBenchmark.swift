import Course
import Foundation
import Glibc
import Serving

/// How soon a save shows: `nibble site --serve` with a copy of the course, and a page that listens.
struct ServingBenchmark {
  private static let goal = 1.0

  let folder: String
  let chapter: ChapterFile
  let cache: String

  /// From the save of a chapter whose words changed to the moment open pages are told.
  func savedWords(runs: Int) throws -> Figure {
    let copy = try copyOfCourse()
    let server = Process()
    let output = Pipe()
    server.executableURL = URL(fileURLWithPath: Installation.executable)
    server.arguments = [
      "site", "--chapters", copy, "--out", cache + "/served", "--serve", "--port", "0",
    ]
    server.environment = ProcessInfo.processInfo.environment
      .merging(["NIBBLE_CACHE": cache]) { $1 }
    server.standardOutput = output
    server.standardError = FileHandle.nullDevice
    try server.run()
    let child = server.processIdentifier
    let stop: @Sendable () -> Void = {
      kill(child, SIGTERM)
      waitpid(child, nil, 0)
    }
    return try Interrupts.cleaningUp(stop) {
      defer {
        server.terminate()
        server.waitUntilExit()
      }
      let page = try LoopbackConnection(port: try port(in: output))
      page.request("GET", "/.nibble/events")
      guard page.receive(until: { !Self.versions(in: $0).isEmpty }) else { throw silence }
      return try measure(page, file: "\(copy)/\(chapter.id).md", runs: runs)
    }
  }

  /// Saves after one that does not count, a moment apart as a person's would be.
  private func measure(_ page: LoopbackConnection, file: String, runs: Int) throws -> Figure {
    var values: [Double] = []
    for run in 0...runs {
      usleep(500_000)
      let text = try String(contentsOfFile: file, encoding: .utf8) + "\nSaved once more.\n"
      let before = Self.versions(in: page.text).last
      let began = ContinuousClock.now
      try Data(text.utf8).write(to: URL(fileURLWithPath: file), options: .atomic)
      guard page.receive(until: { Self.versions(in: $0).last != before }) else { throw silence }
      let seconds = (ContinuousClock.now - began) / .seconds(1)
      if run > 0 { values.append(seconds) }
    }
    return Figure(
      name: "site --serve, saved words to reload", unit: "s", values: values,
      against: Figure.Probe(
        name: "goal of \(Figures.short(Self.goal)) s",
        values: Array(repeating: Self.goal, count: values.count)))
  }

  /// The versions of the site in what a listening page received.
  private static func versions(in text: String) -> [Substring] {
    text.matches(of: /data: ([0-9a-z]+-[0-9]+)\n/).map(\.output.1)
  }

  /// The chapters in a folder of their own, with the data beside them where they look for it.
  private func copyOfCourse() throws -> String {
    let files = FileManager.default
    let source = URL(fileURLWithPath: folder).standardizedFileURL
    try files.createDirectory(atPath: cache + "/course", withIntermediateDirectories: true)
    let copy = cache + "/course/" + source.lastPathComponent
    try files.copyItem(atPath: source.path, toPath: copy)
    let data = source.deletingLastPathComponent().appendingPathComponent("Datasets").path
    if files.fileExists(atPath: data) {
      try files.createSymbolicLink(
        atPath: cache + "/course/Datasets", withDestinationPath: data)
    }
    return copy
  }

  /// The port that the server says it listens at, once the first pages are there.
  private func port(in output: Pipe) throws -> UInt16 {
    var text = ""
    while true {
      let data = output.fileHandleForReading.availableData
      guard !data.isEmpty else { throw silence }
      text += String(decoding: data, as: UTF8.self)
      let after = text.components(separatedBy: "serving http://127.0.0.1:").dropFirst().first
      if let after, after.contains("/"), let port = UInt16(after.prefix { $0 != "/" }) {
        return port
      }
    }
  }

  private var silence: Failure {
    Failure(.software, "nibble site --serve did not answer; try it by hand with the same chapters")
  }
}
