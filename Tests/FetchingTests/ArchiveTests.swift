import Digests
import Fetching
import Foundation
import TestSupport
import Testing

/// By another framework: archives that Python's zlib packed, in every way that DEFLATE has.
@Suite("parts of archives")
struct ArchiveTests {
  private struct Golden: Decodable {
    struct Archive: Decodable {
      let `case`: String
      let member: String
      let bytes: Int
      let sha256: String
      let archive: Data
    }

    let archives: [Archive]
  }

  private static func goldens() throws -> [Golden.Archive] {
    try TestFiles.golden("fetching/archives.json", as: Golden.self).archives
  }

  private static func entry(_ archive: [UInt8], _ golden: Golden.Archive) -> CatalogueEntry {
    let identity = FileIdentity(bytes: archive.count, sha256: SHA256.hex(archive))
    let origin = CatalogueArchive(
      name: "text.zip", identity: identity, remotePath: "datasets/some/one/resolve/abc/text.zip")
    return CatalogueEntry(
      name: "text", kind: .dataset, summary: "", licence: "", page: "",
      files: [
        CatalogueFile(
          name: "text.raw", identity: FileIdentity(bytes: golden.bytes, sha256: golden.sha256),
          origin: .member(golden.member, of: origin))
      ])
  }

  @Test("a part comes out as it went in, and the archive goes, unless it was placed")
  func unpacks() throws {
    for golden in try Self.goldens() {
      let archive = [UInt8](golden.archive)
      let entry = Self.entry(archive, golden)
      let server = try FlakyServer { request, _ in .file(archive, for: request) }
      defer { server.stop() }
      let fetched = try Workplace()
      #expect(
        try fetched.fetch(entry, from: server.address).map(\.outcome) == [.unpacked],
        "\(golden.case)")
      #expect(fetched.names(of: entry) == ["text.raw"])
      #expect(server.requests.map(\.path) == ["/datasets/some/one/resolve/abc/text.zip"])
      let placed = try Workplace()
      try placed.place("text.zip", archive, of: entry)
      #expect(try placed.fetch(entry, from: "http://127.0.0.1:9").map(\.outcome) == [.unpacked])
      #expect(placed.names(of: entry) == ["text.raw", "text.zip"])
      for work in [fetched, placed] {
        let bytes = try #require(work.bytes("text.raw", of: entry))
        #expect(SHA256.hex(bytes) == golden.sha256, "\(golden.case)")
        #expect(work.cache.holds(entry))
        #expect(
          try work.fetch(entry, from: "http://127.0.0.1:9").map(\.outcome) == [.alreadyThere])
      }
    }
  }

  @Test("a damaged archive is refused in words, wherever the damage is, and no part is left")
  func damaged() throws {
    for golden in try Self.goldens() {
      let whole = [UInt8](golden.archive)
      let work = try Workplace()
      var refused = 0
      for round in 0..<60 {
        var archive = whole
        if round < 40 {
          // A bit here and there; the archive's own digest is then that of the damaged one.
          let places = madeUpBytes(8, seed: UInt64(round) &+ 99)
          let place = places.reduce(0) { ($0 << 8 | Int($1)) % archive.count }
          archive[place] ^= 1 << (places[0] & 7)
        } else {
          archive = Array(archive[..<(archive.count * (round - 40) / 20)])
        }
        let entry = Self.entry(archive, golden)
        try work.place("text.zip", archive, of: entry)
        let failure = try work.failure(entry, from: "http://127.0.0.1:9")
        if let failure {
          refused += 1
          #expect(failure.kind == .badData, "\(failure)")
          #expect(work.names(of: entry) == ["text.zip"])
        } else {
          // What the bit told was of no interest, such as a time: the part is the published one.
          let bytes = try #require(work.bytes("text.raw", of: entry))
          #expect(SHA256.hex(bytes) == golden.sha256)
          try FileManager.default.removeItem(atPath: work.cache.folder(of: entry) + "/text.raw")
        }
      }
      #expect(refused >= 20, "\(golden.case): every archive that ends early is refused")
    }
  }

  @Test("what to place is the archive, once")
  func placement() throws {
    let golden = try #require(try Self.goldens().first)
    let entry = Self.entry([UInt8](golden.archive), golden)
    let cache = CacheFolder("/somewhere")
    let missing = Placement.missing(of: entry, in: cache, from: .huggingFace)
    #expect(missing.map(\.path) == ["/somewhere/datasets/text/text.zip"])
    #expect(missing.map { $0.members.map(\.name) } == [["text.raw"]])
    let text = Placement.text(of: missing)
    #expect(text.contains("or itself, beside it: text.raw, \(golden.bytes) bytes, SHA-256 "))
    #expect(text.contains(golden.sha256))
  }

  @Test("an archive that was placed is not asked for again, nor is what was taken out of it")
  func placedByHand() throws {
    let golden = try #require(try Self.goldens().first { $0.bytes > 0 })
    let archive = [UInt8](golden.archive)
    let entry = Self.entry(archive, golden)
    let work = try Workplace()
    func missing(reading: Bool = false) -> Int {
      Placement.missing(of: entry, in: work.cache, from: .huggingFace, reading: reading).count
    }
    #expect(missing() == 1)
    try work.place("text.zip", archive, of: entry)
    #expect(missing() == 0 && missing(reading: true) == 0)
    // Of the right length, and another: found out where it is read.
    try work.place("text.zip", archive.map { ~$0 }, of: entry)
    #expect(missing() == 0 && missing(reading: true) == 1)
    let server = try FlakyServer { request, _ in .file(archive, for: request) }
    defer { server.stop() }
    try work.fetch(entry, from: server.address, replaces: true)
    #expect(missing(reading: true) == 0)
  }
}
