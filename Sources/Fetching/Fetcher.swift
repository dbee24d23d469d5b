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
  /// - Returns: What was done about each file, in the entry's order; then those of folders, by path.
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
    let (unpackedFolders, missingFolders) = try foldersThere(entry, in: folder)
    try checkRoom(for: missing, missingFolders, in: folder)
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
    results = entry.files.compactMap { file in results.first { $0.file == file } }
    var contents = unpackedFolders
    for part in missingFolders { contents[part] = try unpack(part, in: folder) }
    return results + entry.folders.flatMap { contents[$0] ?? [] }
  }

  /// The folders that are there, with their files, and those that are not.
  private func foldersThere(
    _ entry: CatalogueEntry, in place: String
  ) throws(FetchError) -> (there: [CatalogueFolder: [FetchedFile]], missing: [CatalogueFolder]) {
    var there: [CatalogueFolder: [FetchedFile]] = [:]
    var missing: [CatalogueFolder] = []
    for folder in entry.folders {
      let found = try PlacedFolder(
        at: "\(place)/\(folder.name)", of: folder, reads: true,
        reading: { report(.checking(file: folder.name)) })
      switch found {
      case .missing: missing.append(folder)
      case .verified(let files):
        report(.found(file: folder.name))
        there[folder] = files.map {
          FetchedFile(file: folder.file($0.path, $0.identity), outcome: .alreadyThere)
        }
      case .differs(let path, let reason):
        // Replaced when the new one is whole, and not before.
        guard replaces else { throw .placedFolderDiffers(path: path, reason: reason) }
        missing.append(folder)
      }
    }
    return (there, missing)
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
    let wasPlaced = try bring(archive, in: folder)
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

  /// Takes a folder out of its archive, which is then treated as other archives are.
  private func unpack(
    _ part: CatalogueFolder, in folder: String
  ) throws(FetchError) -> [FetchedFile] {
    let path = "\(folder)/\(part.archive.name)"
    let wasPlaced = try bring(part.archive, in: folder)
    report(.checking(file: part.archive.name))
    let files = try FolderUnpacking(part, from: path, into: folder).run()
    report(
      .unpacked(
        folder: part.name, files: files.count, bytes: files.reduce(0) { $0 + $1.bytes }))
    if !wasPlaced { Files.remove(path) }
    return files.map { FetchedFile(file: part.file($0.path, $0.identity), outcome: .unpacked) }
  }

  /// Sees to it that an archive is there and is the published one; whether somebody had placed it.
  private func bring(
    _ archive: CatalogueArchive, in folder: String
  ) throws(FetchError) -> Bool {
    if try isPlaced(archive.name, archive.identity, in: folder) { return true }
    try download(archive.name, archive.identity, from: archive.remotePath, in: folder)
    return false
  }

  /// Says before the first byte whether all will have room; what is here in part is counted as done.
  ///
  /// What comes out of a folder's archive has no published length, and is less than the archive.
  private func checkRoom(
    for missing: [CatalogueFile], _ folders: [CatalogueFolder], in folder: String
  ) throws(FetchError) {
    var needed = missing.reduce(0) {
      $0 + $1.identity.bytes - (Files.size(of: "\(folder)/\($1.name).part") ?? 0)
    }
    for archive in Set(missing.compactMap(\.archive) + folders.map(\.archive))
    where !Files.exists("\(folder)/\(archive.name)") {
      needed += archive.identity.bytes
    }
    guard needed > 0, let free = Files.room(at: folder) else { return }
    guard needed <= free else { throw .noRoom(path: folder, needed: needed, free: free) }
  }
}
