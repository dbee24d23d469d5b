import Foundation
import Glibc
import Serving
import Testing

/// A course of one chapter with a theme of its own, served by the command while a test edits it.
struct ServedCourse {
  /// What came back to a request.
  struct Answer {
    let status: Int
    let headers: [String: String]
    let body: String
    let text: String
  }

  let folder: TemporaryFolder
  let live: LiveRun
  let port: UInt16

  /// Starts the command and waits until it says where the pages are; nil leaves the port to it.
  init(port: Int? = 0) throws {
    folder = try TemporaryFolder()
    _ = try folder.file("Chapters/01-holds.md", text: FixtureChapters.holds)
    for part in ["templates", "assets"] {
      _ = try folder.folder("site")
      try FileManager.default.copyItem(
        atPath: "\(Nibble.package)/site/\(part)", toPath: "\(folder.path)/site/\(part)")
    }
    // Inside the theme, where it is by default: what is rendered must not look like a change of it.
    var arguments = [
      "site", "--chapters", folder.path + "/Chapters", "--out", folder.path + "/site/public",
      "--serve",
    ]
    if let port { arguments += ["--port", String(port)] }
    live = try LiveRun(arguments, in: folder)
    let started = live.waitForOutput("serving http://127.0.0.1:")
    let rest = started?.components(separatedBy: "serving http://127.0.0.1:").last
    let number = rest?.split(separator: "/").first.flatMap { UInt16($0) }
    if number == nil { live.send(SIGTERM) }
    self.port = try #require(number, "the command did not say where the pages are")
  }

  /// Ends the command and waits for it.
  func stop() -> Nibble.Run {
    live.send(SIGINT)
    return live.end()
  }

  /// Ends the command if it still runs, and removes its files.
  func remove() {
    live.send(SIGTERM)
    _ = live.end()
    folder.remove()
  }

  /// A page that listens.
  func listen() throws -> LoopbackConnection {
    let connection = try LoopbackConnection(port: port)
    connection.request("GET", "/.nibble/events")
    try #require(connection.receive(until: { $0.contains("event: trouble") }))
    return connection
  }

  /// The body of the answer to a request.
  func fetch(_ address: String) throws -> String {
    try ask("GET", address).body
  }

  /// Asks for an address, as it is written.
  func ask(_ method: String, _ address: String) throws -> Answer {
    let connection = try LoopbackConnection(port: port)
    try #require(connection.request(method, address))
    try #require(connection.receive(), "no whole answer to \(method) \(address)")
    let parts = connection.text.components(separatedBy: "\r\n\r\n")
    let lines = parts[0].components(separatedBy: "\r\n")
    let status = lines[0].split(separator: " ").dropFirst().first.flatMap { Int($0) }
    let headers = lines.dropFirst().compactMap { line -> (String, String)? in
      let sides = line.split(separator: ":", maxSplits: 1)
      guard sides.count == 2 else { return nil }
      return (sides[0].lowercased(), sides[1].trimmingCharacters(in: .whitespaces))
    }
    return Answer(
      status: try #require(status), headers: Dictionary(headers) { first, _ in first },
      body: parts.dropFirst().joined(separator: "\r\n\r\n"), text: connection.text)
  }

  /// The version of the site that its first page shows.
  func version() throws -> String {
    let rest = try fetch("/").components(separatedBy: "data-version=\"")
    return try #require(rest.dropFirst().first?.components(separatedBy: "\"").first)
  }

  /// The version that an open page is told of after another.
  func versionAfter(_ version: String, on page: LoopbackConnection) throws -> String {
    let isNewer = { (text: String) -> Bool in
      text.matches(of: /data: ([0-9a-z]+-[0-9]+)\n/).last.map { $0.output.1 != version } ?? false
    }
    try #require(page.receive(until: isNewer), "no change after \(version)")
    return try self.version()
  }

  func text(_ name: String) -> String { CLITests.text(of: "\(folder.path)/\(name)") }

  func onDisk(_ name: String) -> String { text("site/public/" + name) }

  /// Saves a file in place.
  func append(_ words: String, to name: String) throws {
    _ = try folder.file(name, text: text(name) + words)
  }

  /// Saves a file as many editors do: written beside its place, and renamed.
  func replace(_ old: String, with new: String, in name: String) throws {
    let before = text(name)
    try #require(before.contains(old))
    let beside = try folder.file(
      name + ".new", text: before.replacingOccurrences(of: old, with: new))
    try #require(rename(beside, "\(folder.path)/\(name)") == 0)
  }
}
