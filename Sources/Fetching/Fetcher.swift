internal import Digests
internal import Glibc

/// Brings entries of the catalogue into the cache.
///
/// A file has its final name only once its digest is the published one. Everything else about a fetch may
/// go wrong and be tried again: what has come is kept, and a file that somebody placed is taken as it is,
/// once it has been checked.
public struct Fetcher: Sendable {
  /// Where files go.
  public let cache: CacheFolder
  /// Whom they are asked of.
  public let mirror: Mirror
  private let policy: RetryPolicy
  private let replaces: Bool
  private let report: @Sendable (FetchEvent) -> Void

  /// A fetcher.
  ///
  /// - Parameters:
  ///   - cache: Where files go.
  ///   - mirror: Whom they are asked of.
  ///   - policy: How patient it is.
  ///   - replaces: Whether a file that is there and is another one is replaced.
  ///   - report: Told what happens, from one thread at a time.
  public init(
    cache: CacheFolder, mirror: Mirror = .huggingFace, policy: RetryPolicy = .standard,
    replaces: Bool = false, report: @escaping @Sendable (FetchEvent) -> Void = { _ in }
  ) {
    self.cache = cache
    self.mirror = mirror
    self.policy = policy
    self.replaces = replaces
    self.report = report
  }

  /// Brings an entry: checks what is there, asks for what is not.
  ///
  /// - Parameter entry: The entry.
  /// - Returns: What was done about each file, in the entry's order.
  /// - Throws: `FetchError`; files that were whole by then stay, and so do beginnings.
  public func fetch(_ entry: CatalogueEntry) throws(FetchError) -> [FetchedFile] {
    let folder = cache.folder(of: entry)
    try Files.makeFolder(folder)
    let lock = try FolderLock(folder) { report(.waiting) }
    defer { withExtendedLifetime(lock) {} }
    var results: [FetchedFile] = []
    var missing: [CatalogueFile] = []
    for file in entry.files {
      if try isPlaced(file.name, file.identity, in: folder) {
        results.append(FetchedFile(file: file, outcome: .alreadyThere))
      } else {
        missing.append(file)
      }
    }
    try checkRoom(for: missing, in: folder)
    var unpacked: Set<CatalogueArchive> = []
    for file in missing {
      switch file.origin {
      case .published(let path):
        try download(file.name, file.identity, from: path, in: folder)
        results.append(FetchedFile(file: file, outcome: .downloaded))
      case .member(_, let archive):
        guard unpacked.insert(archive).inserted else { continue }
        let parts = missing.filter { $0.archive == archive }
        try unpack(parts, of: archive, in: folder)
        results += parts.map { FetchedFile(file: $0, outcome: .unpacked) }
      }
    }
    return entry.files.compactMap { file in results.first { $0.file == file } }
  }

  /// Whether a file is there and is the published one; one that is another is in the way.
  private func isPlaced(
    _ name: String, _ identity: FileIdentity, in folder: String
  ) throws(FetchError) -> Bool {
    let path = "\(folder)/\(name)"
    switch try PlacedFile(at: path, identity: identity, reading: { report(.checking(file: name)) })
    {
    case .missing: return false
    case .verified:
      report(.found(file: name))
      return true
    case .differs(let found, let expected):
      // Replaced when the new one is whole, and not before.
      if replaces, Files.size(of: path) != nil { return false }
      throw .placedFileDiffers(path: path, found: found, expected: expected)
    }
  }

  private func download(
    _ name: String, _ identity: FileIdentity, from remotePath: String, in folder: String
  ) throws(FetchError) {
    try FileDownload(
      address: mirror.address(of: remotePath), identity: identity, path: "\(folder)/\(name)",
      name: name, policy: policy, report: report
    ).run()
  }

  /// Takes parts out of an archive, which is downloaded for that and removed unless somebody placed it.
  private func unpack(
    _ parts: [CatalogueFile], of archive: CatalogueArchive, in folder: String
  ) throws(FetchError) {
    let path = "\(folder)/\(archive.name)"
    let wasPlaced = try isPlaced(archive.name, archive.identity, in: folder)
    if !wasPlaced {
      try download(archive.name, archive.identity, from: archive.remotePath, in: folder)
    }
    var content: [UInt8] = []
    content.reserveCapacity(archive.identity.bytes)
    try Files.read(path) { content += $0 }
    for file in parts {
      guard case .member(let member, _) = file.origin else { continue }
      let bytes: [UInt8]
      do throws(Inflate.Failure) {
        bytes = try ZipMember.bytes(of: member, in: content, bytes: file.identity.bytes)
      } catch {
        throw .badArchive(path: path, reason: error.reason)
      }
      let found = SHA256.hex(bytes)
      guard found == file.identity.sha256 else {
        throw .badArchive(
          path: path,
          reason: "its \(member) has SHA-256 \(found), expected is \(file.identity.sha256)")
      }
      let part = try PartialFile(of: "\(folder)/\(file.name)", limit: 0)
      do throws(FetchError) {
        var failure: FetchError?
        bytes.withUnsafeBytes { bytes in
          do throws(FetchError) { try part.append(bytes) } catch { failure = error }
        }
        if let failure { throw failure }
        try part.place()
      } catch {
        part.discard()
        throw error
      }
      report(.placed(file: file.name))
    }
    if !wasPlaced { Files.remove(path) }
  }

  /// Says before the first byte whether all will have room; what is here in part is counted as done.
  private func checkRoom(for missing: [CatalogueFile], in folder: String) throws(FetchError) {
    var archives: Set<CatalogueArchive> = []
    var needed = 0
    for file in missing {
      needed += file.identity.bytes - (Files.size(of: "\(folder)/\(file.name).part") ?? 0)
      if let archive = file.archive, archives.insert(archive).inserted,
        !Files.exists("\(folder)/\(archive.name)")
      {
        needed += archive.identity.bytes
      }
    }
    guard needed > 0, let free = Files.room(at: folder) else { return }
    guard needed <= free else { throw .noRoom(path: folder, needed: needed, free: free) }
  }
}
