/// Which file goes where, for whoever fetches by other means.
public struct Placement: Sendable, Hashable {
  /// Where it is published, or where the mirror has it.
  public let address: String
  /// Where it goes.
  public let path: String
  /// What it is known by.
  public let identity: FileIdentity
  /// Of an archive, the files that are taken out of it; each may be placed itself, beside the archive's
  /// path.
  public let members: [CatalogueFile]

  /// The files of an entry that are not there yet, each once; of an archive, the archive.
  ///
  /// Files whose archive is there are not missing.
  ///
  /// - Parameters:
  ///   - entry: The entry.
  ///   - cache: The cache it belongs in.
  ///   - mirror: Who has it.
  ///   - reading: Whether what is there is read and held against its digest; otherwise a file that has its
  ///     length is taken for the right one, and fetching checks it.
  /// - Returns: The files, in the entry's order; none when all are there.
  public static func missing(
    of entry: CatalogueEntry, in cache: CacheFolder, from mirror: Mirror, reading: Bool = false
  ) -> [Placement] {
    let folder = cache.folder(of: entry)
    func isThere(_ name: String, _ identity: FileIdentity) -> Bool {
      let path = "\(folder)/\(name)"
      guard reading else { return Files.size(of: path) == identity.bytes }
      return (try? PlacedFile(at: path, identity: identity)) == .verified
    }
    let missing = entry.files.filter { !isThere($0.name, $0.identity) }
    var seen: Set<CatalogueArchive> = []
    let files = missing.compactMap { file -> Placement? in
      switch file.origin {
      case .published(let remote):
        return Placement(
          address: mirror.address(of: remote), path: "\(folder)/\(file.name)",
          identity: file.identity, members: [])
      case .member(_, let archive):
        guard seen.insert(archive).inserted, !isThere(archive.name, archive.identity) else {
          return nil
        }
        return Placement(
          address: mirror.address(of: archive.remotePath), path: "\(folder)/\(archive.name)",
          identity: archive.identity, members: missing.filter { $0.archive == archive })
      }
    }
    let archives = entry.folders.filter { !cache.holds($0, in: folder, reads: reading) }
      .map(\.archive).filter { !isThere($0.name, $0.identity) }
    return files
      + archives.map { archive in
        Placement(
          address: mirror.address(of: archive.remotePath), path: "\(folder)/\(archive.name)",
          identity: archive.identity, members: [])
      }
  }

  /// The files in words: what, from where, to where, known by what.
  ///
  /// - Parameter placements: The files.
  /// - Returns: Four lines a file; of an archive, also what may be placed instead.
  public static func text(of placements: [Placement]) -> String {
    placements.map { placement in
      """
        \(placement.path)
          from     \(placement.address)
          bytes    \(placement.identity.bytes)
          SHA-256  \(placement.identity.sha256)
      """
        + placement.members.map { member in
          """

              or itself, beside it: \(member.name), \(member.identity.bytes) bytes, SHA-256 \
          \(member.identity.sha256)
          """
        }.joined()
    }.joined(separator: "\n")
  }
}
