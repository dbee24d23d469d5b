import Digests
import Fetching
import Foundation
import Synchronization
import TestSupport
import Testing

/// By another framework and by hand: folders of tar archives, and what becomes of them in the cache.
@Suite("folders of archives")
struct FolderTests {
  private struct Golden: Decodable {
    struct Archive: Decodable {
      let `case`: String
      /// 512 bytes each, the zeros at the end left out.
      let blocks: [Data]
      let wanted: [String: String]

      var bytes: [UInt8] {
        blocks.flatMap { $0 + Data(repeating: 0, count: 512 - $0.count) }
      }
    }

    let archives: [Archive]
  }

  private static func goldens() throws -> [Golden.Archive] {
    try TestFiles.golden("fetching/tars.json", as: Golden.self).archives
  }

  /// Where nobody answers.
  private static let nobody = "http://127.0.0.1:9"

  /// What stands in an entry's folder, files of folders by their paths and digests.
  private static func contents(_ work: Workplace, _ entry: CatalogueEntry) -> [String: String] {
    let place = work.cache.folder(of: entry)
    var contents: [String: String] = [:]
    for path in FileManager.default.enumerator(atPath: place)?.compactMap({ $0 as? String }) ?? []
    where path != ".fetching" && path != "data/manifest.json" {
      guard let bytes = work.bytes(path, of: entry) else { continue }
      contents[path] = SHA256.hex(bytes)
    }
    return contents
  }

  /// Two files, in an archive of 4,096 bytes.
  private static let small = tar([
    TarPart("data/", kind: "5"), TarPart("data/dev/a_dev.csv", "one,two\n"),
    TarPart("data/test/a_test.csv", String(repeating: "three,four\n", count: 60)),
  ])

  @Test("what is wanted comes out as it went in, and nothing else; the archive goes, unless placed")
  func unpacks() throws {
    for golden in try Self.goldens() {
      let archive = golden.bytes
      let entry = entry(tar: archive)
      let server = try FlakyServer { request, _ in .file(archive, for: request) }
      defer { server.stop() }
      let fetched = try Workplace()
      #expect(!fetched.cache.holds(entry))
      let files = try fetched.fetch(entry, from: server.address)
      #expect(Set(files.map(\.outcome)) == [.unpacked])
      #expect(
        Dictionary(uniqueKeysWithValues: files.map { ($0.file.name, $0.file.identity.sha256) })
          == golden.wanted, "\(golden.case)")
      #expect(files.map(\.file.name) == files.map(\.file.name).sorted())
      #expect(Self.contents(fetched, entry) == golden.wanted, "\(golden.case)")
      #expect(fetched.names(of: entry) == ["data"])
      #expect(server.requests.map(\.path) == ["/datasets/some/one/resolve/abc/data.tar"])
      let placed = try Workplace()
      try placed.place("data.tar", archive, of: entry)
      try placed.fetch(entry, from: Self.nobody)
      #expect(placed.names(of: entry) == ["data", "data.tar"])
      for work in [fetched, placed] {
        #expect(work.cache.holds(entry))
        let again = try work.fetch(entry, from: Self.nobody)
        #expect(again.map(\.file) == files.map(\.file))
        #expect(Set(again.map(\.outcome)) == [.alreadyThere])
      }
    }
  }

  @Test("a download that breaks off goes on, and what an earlier run left half unpacked goes")
  func breaksOff() throws {
    let work = try Workplace()
    let entry = entry(tar: Self.small)
    try FileManager.default.createDirectory(
      atPath: work.cache.folder(of: entry) + "/data.part/dev", withIntermediateDirectories: true)
    try work.place("data.part/dev/old_dev.csv", [1], of: entry)
    #expect(!work.cache.holds(entry))
    let server = try FlakyServer { request, index in
      let response = FlakyResponse.file(Self.small, for: request)
      return index == 0 ? response.cut(after: 1_000) : response
    }
    defer { server.stop() }
    try work.fetch(entry, from: server.address)
    #expect(server.requests.map { $0["Range"] } == [nil, "bytes=1000-"])
    #expect(
      Self.contents(work, entry).keys.sorted() == ["data/dev/a_dev.csv", "data/test/a_test.csv"])
    #expect(work.names(of: entry) == ["data"])
    let events = work.events.withLock { $0 }
    #expect(events.contains(.unpacked(folder: "data", files: 2, bytes: 668)))
  }

  @Test("an archive of other bytes, or of another length, is not unpacked")
  func lies() throws {
    let entry = entry(tar: Self.small)
    var wrong = Self.small
    wrong[600] ^= 1
    for (bytes, words) in [
      (wrong, "what came has SHA-256"), (Self.small + [0], "the published file has 4096 bytes"),
    ] {
      let work = try Workplace()
      let server = try FlakyServer { request, _ in .file(bytes, for: request) }
      defer { server.stop() }
      let failure = try #require(try work.failure(entry, from: server.address))
      #expect(failure.kind == .badData && "\(failure)".contains(words), "\(failure)")
      #expect(!work.names(of: entry).contains("data"))
      // One that somebody placed stays, and is said.
      try work.place("data.tar", bytes, of: entry)
      guard case .placedFileDiffers? = try work.failure(entry, from: Self.nobody) else {
        Issue.record("a placed archive of other bytes was taken")
        continue
      }
      #expect(!work.names(of: entry).contains("data"))
    }
  }

  @Test("what is to be placed is the archive, until it or what came out of it is there")
  func placement() throws {
    let work = try Workplace()
    let entry = entry(tar: Self.small)
    func missing(reading: Bool = false) -> [Placement] {
      Placement.missing(of: entry, in: work.cache, from: .huggingFace, reading: reading)
    }
    #expect(missing().map(\.path) == [work.cache.folder(of: entry) + "/data.tar"])
    #expect(missing().map(\.identity.bytes) == [4096])
    #expect(
      missing().map(\.address) == ["https://huggingface.co/datasets/some/one/resolve/abc/data.tar"])
    try work.place("data.tar", Self.small, of: entry)
    #expect(missing() == [] && missing(reading: true) == [])
    try work.fetch(entry, from: Self.nobody)
    try FileManager.default.removeItem(atPath: work.cache.folder(of: entry) + "/data.tar")
    #expect(missing() == [] && missing(reading: true) == [])
    try work.place("data/dev/a_dev.csv", Array("one,twO\n".utf8), of: entry)
    // Of the right length, and another: found out where it is read.
    #expect(missing() == [] && missing(reading: true).count == 1)
  }

  @Test("what was unpacked and changed since is named, and put back when that is asked for")
  func changed() throws {
    let entry = entry(tar: Self.small)
    let list = "data/manifest.json"
    for (path, bytes, words) in [
      ("data/dev/a_dev.csv", Array("one,twO\n".utf8), "has SHA-256"),
      ("data/dev/a_dev.csv", Array("one\n".utf8), "has 4 bytes, and what was unpacked 8"),
      ("data/test/b_test.csv", [], "did not come out of data.tar"),
      (list, Array("{}".utf8), "holds no list of what nibble fetch unpacked"),
      (list, Array(#"{"archive":"ab","files":[]}"#.utf8), "holds no list"),
      (
        list,
        Array(
          #"{"archive":"ab","files":[{"path":"data/dev/../../x","bytes":1,"sha256":"cd"}]}"#.utf8),
        "holds no list"
      ),
      (
        list,
        Array(
          #"{"archive":"ab","files":[{"path":"data/dev/a_dev.csv","bytes":1,"sha256":"c"}]}"#.utf8),
        "was unpacked from an archive with SHA-256 ab"
      ),
    ] as [(String, [UInt8], String)] {
      let work = try Workplace()
      let server = try FlakyServer { request, _ in .file(Self.small, for: request) }
      defer { server.stop() }
      try work.fetch(entry, from: server.address)
      let whole = Self.contents(work, entry)
      try work.place(path, bytes, of: entry)
      let failure = try #require(try work.failure(entry, from: server.address), "\(path)")
      #expect(failure.kind == .badData && "\(failure)".contains(words), "\(failure)")
      #expect("\(failure)".contains("use --force"))
      #expect(server.requests.count == 1, "nobody was asked")
      #expect(work.bytes(path, of: entry) == bytes, "and nothing was touched")
      try work.fetch(entry, from: server.address, replaces: true)
      #expect(Self.contents(work, entry) == whole)
      #expect(work.names(of: entry) == ["data"])
      try work.fetch(entry, from: Self.nobody)
    }
  }

  @Test("a file that is gone is unpacked again, and a file in the folder's place is left alone")
  func gone() throws {
    let entry = entry(tar: Self.small)
    let work = try Workplace()
    let server = try FlakyServer { request, _ in .file(Self.small, for: request) }
    defer { server.stop() }
    try work.fetch(entry, from: server.address)
    let place = work.cache.folder(of: entry)
    try FileManager.default.removeItem(atPath: place + "/data/test/a_test.csv")
    #expect(!work.cache.holds(entry))
    #expect(try work.fetch(entry, from: server.address).map(\.outcome) == [.unpacked, .unpacked])
    #expect(work.cache.holds(entry))
    try FileManager.default.removeItem(atPath: place + "/data")
    try work.place("data", [7], of: entry)
    let failure = try #require(try work.failure(entry, from: server.address))
    #expect("\(failure)".contains("holds no list") && work.bytes("data", of: entry) == [7])
    try work.fetch(entry, from: server.address, replaces: true)
    #expect(work.cache.holds(entry))
  }

  @Test("however an archive is damaged, all of it is unpacked or nothing, and nowhere else")
  func fuzz() throws {
    let goldens = try Self.goldens().map(\.bytes)
    let work = try Workplace()
    var (unpacked, refused) = (0, 0)
    let tried = try Fuzzing.run(seed: 11) { random in
      var archive = random.choose(goldens)
      let blocks = archive.count / 512
      for _ in 0...random.below(3) {
        let block = random.below(blocks) * 512
        guard block + 512 <= archive.count else { continue }
        switch random.below(6) {
        case 0: archive.removeLast(archive.count - random.below(archive.count))
        case 1: archive.removeSubrange(block..<block + 512)
        case 2: archive.insert(contentsOf: archive[block..<block + 512], at: block)
        case 3: archive[block + random.below(512)] = UInt8(random.below(256))
        default:
          // With a sum that is right, whatever else is not: name, length, kind, word, prefix.
          let field = random.choose([0..<100, 124..<136, 156..<157, 257..<265, 345..<500])
          let place = block + field.lowerBound + random.below(field.count)
          archive[place] = random.choose([
            0, 0x20, 0x2E, 0x2F, 0x30, 0x37, 0x80, 0xFF, UInt8(random.below(256)),
          ])
          TarPart.correctSum(of: &archive, at: block)
        }
      }
      let entry = entry(tar: archive)
      try work.place("data.tar", archive, of: entry)
      if let failure = try work.failure(entry, from: Self.nobody) {
        guard case .badArchive = failure else {
          Issue.record("\(failure)")
          return
        }
        refused += 1
        #expect(work.names(of: entry) == ["data.tar"])
      } else {
        unpacked += 1
        #expect(work.names(of: entry) == ["data", "data.tar"])
        #expect(
          Self.contents(work, entry).keys.allSatisfy {
            $0 == "data.tar" || $0.hasPrefix("data/dev/") || $0.hasPrefix("data/test/")
          })
        try FileManager.default.removeItem(atPath: work.cache.folder(of: entry) + "/data")
      }
      let outside = try FileManager.default.contentsOfDirectory(atPath: work.folder)
      #expect(outside == ["cache"])
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: work.cache.path) == ["datasets"])
    }
    #expect(unpacked + refused == tried && refused > 10)
  }
}
