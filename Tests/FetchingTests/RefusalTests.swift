import Digests
import Fetching
import Foundation
import Glibc
import Testing

/// By hand, against a server that lies: nothing but the published bytes gets the file's name.
@Suite("what is not the published file is refused")
struct RefusalTests {
  private let content = madeUpBytes(100_000)

  @Test("a host that promises another length is not listened to", arguments: [-1, 1, 40_000])
  func promisedLength(difference: Int) throws {
    let work = try Workplace()
    let entry = entry(content)
    let server = try FlakyServer { [content] request, _ in
      var response = FlakyResponse.file(content, for: request)
      response.promise = content.count + difference
      return response
    }
    defer { server.stop() }
    let failure = try #require(try work.failure(entry, from: server.address))
    #expect(failure.kind == .badData)
    #expect(
      "\(failure)".contains(
        "the host has \(100_000 + difference) bytes, and the published file has"))
    #expect(server.requests.count == 1)
    #expect(work.bytes("weights.bin", of: entry) == nil)
  }

  @Test("a page that explains itself instead of the file is named")
  func page() throws {
    let work = try Workplace()
    let server = try FlakyServer { _, _ in
      FlakyResponse([("Content-Type", "text/html")], body: Array("<h1>Log in</h1>".utf8))
    }
    defer { server.stop() }
    let failure = try #require(try work.failure(entry(content), from: server.address))
    #expect("\(failure)".contains("the host has 15 bytes of text/html"))
  }

  @Test("without a promise, one byte too many is one too many, and the beginning is not kept")
  func tooMany() throws {
    let work = try Workplace()
    let entry = entry(content)
    let server = try FlakyServer { [content] request, _ in
      var response = FlakyResponse.file(content + [0], for: request)
      response.promise = nil
      return response
    }
    defer { server.stop() }
    let failure = try #require(try work.failure(entry, from: server.address))
    #expect(failure.kind == .badData)
    #expect("\(failure)".contains("more than 100000 bytes come"))
    #expect(work.names(of: entry) == [])
  }

  @Test("without a promise, the end of the connection is the end of the file if it is the file")
  func noPromise() throws {
    let work = try Workplace()
    let entry = entry(content)
    let server = try FlakyServer { [content] request, _ in
      var response = FlakyResponse.file(content, for: request)
      response.promise = nil
      return response
    }
    defer { server.stop() }
    try work.fetch(entry, from: server.address)
    #expect(work.bytes("weights.bin", of: entry) == content)
  }

  @Test("one wrong bit is found, and nothing of the file stays")
  func corrupt() throws {
    let work = try Workplace()
    let entry = entry(content)
    var wrong = content
    wrong[77_777] ^= 1
    let server = try FlakyServer { [wrong] request, _ in .file(wrong, for: request) }
    defer { server.stop() }
    let failure = try work.failure(entry, from: server.address)
    #expect(
      failure
        == .digestDiffers(
          address: server.address + "/some/one/resolve/abc/weights.bin",
          found: SHA256.hex(wrong), expected: SHA256.hex(content)))
    #expect(work.names(of: entry) == [])
    #expect(server.requests.count == 1)
  }

  @Test(
    "an answer that asking again would not change ends it",
    arguments: [(404, "(not there)"), (403, "(not allowed)"), (416, "(no such part of the file)")])
  func status(status: Int, words: String) throws {
    let work = try Workplace()
    let server = try FlakyServer { _, _ in FlakyResponse(status: status) }
    defer { server.stop() }
    let failure = try #require(try work.failure(entry(content), from: server.address))
    #expect(failure.kind == .unavailable)
    #expect(failure.callsForPlacing)
    #expect("\(failure)".contains("the host answers \(status) \(words)"))
    #expect(server.requests.count == 1)
  }

  @Test("a circle of redirections ends")
  func circle() throws {
    let work = try Workplace()
    let server = try FlakyServer { _, _ in FlakyResponse(status: 302, [("Location", "/again")]) }
    defer { server.stop() }
    let failure = try #require(try work.failure(entry(content), from: server.address))
    #expect("\(failure)".contains("302 (redirected too often"))
    #expect(server.requests.count == 11)  // ten are followed
  }

  @Test("a host in trouble for good is given up, with a word about what is kept")
  func troubleForGood() throws {
    let work = try Workplace()
    let server = try FlakyServer { _, _ in FlakyResponse(status: 500) }
    defer { server.stop() }
    let failure = try #require(try work.failure(entry(content), from: server.address))
    #expect(
      "\(failure)".contains(
        "gave up after 4 attempts in a row: the host answers 500; 0 of 100000 bytes are kept"))
    #expect(server.requests.count == 4)
  }

  @Test("nobody there: said at once, with what to place where")
  func offline() throws {
    let work = try Workplace()
    let entry = entry(content)
    let server = try FlakyServer { _, _ in FlakyResponse() }
    server.stop()
    let failure = try #require(try work.failure(entry, from: server.address))
    #expect(failure.kind == .unavailable)
    #expect(failure.callsForPlacing)
    guard case .unreachable = failure else {
      Issue.record("ended with \(failure)")
      return
    }
    let missing = Placement.missing(of: entry, in: work.cache, from: .huggingFace)
    #expect(
      Placement.text(of: missing) == """
          \(work.folder)/cache/models/made-up/weights.bin
            from     https://huggingface.co/some/one/resolve/abc/weights.bin
            bytes    100000
            SHA-256  \(SHA256.hex(content))
        """)
    // What was asked for is then accepted, and nobody is asked.
    try work.place("weights.bin", content, of: entry)
    #expect(try work.fetch(entry, from: server.address).map(\.outcome) == [.alreadyThere])
    #expect(Placement.missing(of: entry, in: work.cache, from: .huggingFace) == [])
  }

  @Test("a placed file that is another one is left alone, or replaced when the right one is whole")
  func placed() throws {
    let work = try Workplace()
    let entry = entry(content)
    var wrong = content
    wrong[5] ^= 0x80
    let server = try FlakyServer { [content] request, index in
      index == 0 ? FlakyResponse(status: 404) : .file(content, for: request)
    }
    defer { server.stop() }
    for (bytes, words) in [(wrong, "has SHA-256"), ([1, 2, 3], "has 3 bytes")] {
      try work.place("weights.bin", bytes, of: entry)
      let failure = try #require(try work.failure(entry, from: server.address))
      #expect(failure.kind == .badData)
      #expect("\(failure)".contains(words))
      #expect("\(failure)".contains("use --force"))
      #expect(work.bytes("weights.bin", of: entry) == bytes)
    }
    #expect(server.requests.count == 0)
    #expect(try work.failure(entry, from: server.address, replaces: true) != nil)
    #expect(work.bytes("weights.bin", of: entry) == [1, 2, 3])
    try work.fetch(entry, from: server.address, replaces: true)
    #expect(work.bytes("weights.bin", of: entry) == content)
  }

  @Test("a full disk is said, and what came is kept")
  func fullDisk() throws {
    let work = try Workplace()
    let entry = entry(content)
    let folder = work.cache.folder(of: entry)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    // A device that takes nothing, as a disk without room does.
    try FileManager.default.createSymbolicLink(
      atPath: folder + "/weights.bin.part", withDestinationPath: "/dev/full")
    let server = try FlakyServer { [content] request, _ in .file(content, for: request) }
    defer { server.stop() }
    let failure = try #require(try work.failure(entry, from: server.address))
    #expect(failure.kind == .cannotWrite)
    #expect("\(failure)".contains("No space left on device"))
    #expect(server.requests.count == 1)
    #expect(work.bytes("weights.bin", of: entry) == nil)
  }

  @Test("more than the disk has room for is refused before the first byte")
  func noRoom() throws {
    let work = try Workplace()
    let server = try FlakyServer { _, _ in FlakyResponse() }
    defer { server.stop() }
    let huge = CatalogueEntry(
      name: "huge", kind: .model, summary: "", licence: "", page: "",
      files: [
        CatalogueFile(
          name: "weights.bin", identity: FileIdentity(bytes: 1 << 60, sha256: ""),
          origin: .published(at: "a"))
      ])
    let failure = try #require(try work.failure(huge, from: server.address))
    #expect(failure.kind == .cannotWrite)
    #expect("\(failure)".contains("\(1 << 60) more bytes are needed and the disk has room for"))
    #expect(server.requests.count == 0)
  }

  @Test("a cache that cannot be made is said")
  func noFolder() throws {
    let work = try Workplace()
    let entry = entry(content)
    try Data().write(to: URL(fileURLWithPath: work.folder + "/cache"))
    let failure = try #require(try work.failure(entry, from: "http://127.0.0.1:9"))
    #expect(
      failure
        == .cannotWrite(
          path: work.folder + "/cache", reason: "a file stands where a folder is needed"))
  }

  @Test(
    "a folder that takes no files is said", .enabled(if: getuid() != 0, "root may write anywhere"))
  func readOnly() throws {
    let work = try Workplace()
    let entry = entry(content)
    let folder = work.cache.folder(of: entry)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    chmod(folder, 0o555)
    defer { chmod(folder, 0o755) }
    let failure = try #require(try work.failure(entry, from: "http://127.0.0.1:9"))
    #expect(failure.kind == .cannotWrite)
    #expect("\(failure)".contains("Permission denied"))
  }
}
