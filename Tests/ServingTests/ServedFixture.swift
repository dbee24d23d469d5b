import Foundation
import Serving
import Testing

/// A served folder with a secret beside it.
struct ServedFixture: Sendable {
  /// What came back.
  struct Answer {
    let status: Int
    let headers: [String: String]
    let body: String
    let text: String
  }

  let server: PageServer
  private let outer: String

  /// Serves the folder while `body` looks at it.
  static func serving(_ body: (ServedFixture) async throws -> Void) async throws {
    let outer = FileManager.default.temporaryDirectory
      .appending(path: "serving-\(UUID().uuidString)").path(percentEncoded: false)
    defer { try? FileManager.default.removeItem(atPath: outer) }
    let site = outer + "/site"
    let files = FileManager.default
    for folder in ["/site/one/empty", "/outside"] {
      try files.createDirectory(atPath: outer + folder, withIntermediateDirectories: true)
    }
    for (name, text) in [
      ("secret.txt", "the secret"), ("outside/secret.txt", "the secret"),
      ("site/.nibble-site", "the secret"), ("site/index.html", "<html><body>first</body></html>"),
      ("site/one/index.html", "second"), ("site/one/a b+é.css", "p {}"),
      ("site/one/data.made-up", "bytes"),
    ] {
      try Data(text.utf8).write(to: URL(filePath: "\(outer)/\(name)"))
    }
    for (link, target) in [
      ("out.txt", outer + "/secret.txt"), ("outside", outer + "/outside"),
      ("inside.css", "one/a b+é.css"),
    ] {
      try files.createSymbolicLink(atPath: "\(site)/\(link)", withDestinationPath: target)
    }
    let server = try await PageServer(folder: site, port: 0)
    let running = Task { try await server.run() }
    do {
      try await body(ServedFixture(server: server, outer: outer))
    } catch {
      running.cancel()
      throw error
    }
    running.cancel()
    try await running.value
  }

  /// Asks for an address, as it is written.
  func ask(_ method: String, _ address: String) throws -> Answer {
    let connection = try LoopbackConnection(port: server.port)
    try #require(connection.request(method, address))
    try #require(connection.receive(), "no whole answer to \(method) \(address)")
    let parts = connection.text.components(separatedBy: "\r\n\r\n")
    let lines = parts[0].components(separatedBy: "\r\n")
    let status = try #require(lines[0].split(separator: " ").dropFirst().first.flatMap { Int($0) })
    let headers = lines.dropFirst().compactMap { line -> (String, String)? in
      let sides = line.split(separator: ":", maxSplits: 1)
      guard sides.count == 2 else { return nil }
      return (sides[0].lowercased(), sides[1].trimmingCharacters(in: .whitespaces))
    }
    return Answer(
      status: status, headers: Dictionary(headers, uniquingKeysWith: { first, _ in first }),
      body: parts.dropFirst().joined(separator: "\r\n\r\n"), text: connection.text)
  }

  /// The version that the first page says it shows.
  func version() throws -> String {
    let rest = try ask("GET", "/").body.components(separatedBy: "data-version=\"")
    return try #require(rest.dropFirst().first?.components(separatedBy: "\"").first)
  }

  /// A file of the site as it is on disk.
  func onDisk(_ name: String) throws -> String {
    try String(contentsOfFile: "\(outer)/site/\(name)", encoding: .utf8)
  }
}
