import Digests
import Fetching
import Foundation
import Synchronization

/// A cache in a folder of its own, and an entry of one file to fetch into it.
final class Workplace: Sendable {
  let folder: String
  let events = Mutex<[FetchEvent]>([])

  init() throws {
    folder = NSTemporaryDirectory() + "nibble-fetching-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  var cache: CacheFolder { CacheFolder(folder + "/cache") }

  /// Impatient, so that tests are quick: pauses of a hundredth of a second.
  static let policy = RetryPolicy(
    attempts: 4, firstPause: 0.01, longestPause: 0.02, silence: 20, progress: 50_000)

  /// Fetches an entry from a server.
  @discardableResult
  func fetch(
    _ entry: CatalogueEntry, from address: String, policy: RetryPolicy = policy,
    replaces: Bool = false
  ) throws -> [FetchedFile] {
    try Fetcher(
      cache: cache, mirror: Mirror(address), policy: policy, replaces: replaces,
      report: { [self] event in events.withLock { $0.append(event) } }
    ).fetch(entry)
  }

  /// The error that fetching ends with; nil when it does not.
  func failure(
    _ entry: CatalogueEntry, from address: String, policy: RetryPolicy = policy,
    replaces: Bool = false
  ) throws -> FetchError? {
    do {
      try fetch(entry, from: address, policy: policy, replaces: replaces)
      return nil
    } catch let error as FetchError {
      return error
    }
  }

  /// The bytes of a file of an entry; nil where there is none.
  func bytes(_ name: String, of entry: CatalogueEntry) -> [UInt8]? {
    FileManager.default.contents(atPath: "\(cache.folder(of: entry))/\(name)").map { [UInt8]($0) }
  }

  /// What stands in an entry's folder, the lock aside.
  func names(of entry: CatalogueEntry) -> [String] {
    let names = try? FileManager.default.contentsOfDirectory(atPath: cache.folder(of: entry))
    return (names ?? []).filter { $0 != ".fetching" }.sorted()
  }

  /// Puts a file into an entry's folder.
  func place(_ name: String, _ bytes: [UInt8], of entry: CatalogueEntry) throws {
    let folder = cache.folder(of: entry)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
  }

  /// How long it waited, each time.
  var pauses: [Double] {
    events.withLock { events in
      events.compactMap { if case .retrying(_, _, let seconds) = $0 { seconds } else { nil } }
    }
  }

  /// Why the file began anew, each time.
  var restarts: [String] {
    events.withLock { events in
      events.compactMap { if case .restarted(_, let reason) = $0 { reason } else { nil } }
    }
  }
}

/// Bytes that no part of is another part, made from a seed.
func madeUpBytes(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
  var state = seed
  return (0..<count).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return UInt8(truncatingIfNeeded: state >> 56)
  }
}

/// An entry of one file with some bytes.
func entry(_ bytes: [UInt8], name: String = "weights.bin") -> CatalogueEntry {
  CatalogueEntry(
    name: "made-up", kind: .model, summary: "bytes", licence: "none", page: "",
    files: [
      CatalogueFile(
        name: name, identity: FileIdentity(bytes: bytes.count, sha256: SHA256.hex(bytes)),
        origin: .published(at: "some/one/resolve/abc/\(name)"))
    ])
}
