/// Which file goes where, for whoever fetches by other means.
public struct Placement: Sendable, Hashable {
  /// Where it is published, or where the mirror has it.
  public let address: String
  /// Where it goes.
  public let path: String
  /// What it is known by.
  public let identity: FileIdentity

  /// The files of an entry that are not there yet, each once; of an archive, the archive.
  ///
  /// A file that is there and has its length is taken for the right one; fetching checks it.
  ///
  /// - Parameters:
  ///   - entry: The entry.
  ///   - cache: The cache it belongs in.
  ///   - mirror: Who has it.
  /// - Returns: The files, in the entry's order; none when all are there.
  public static func missing(
    of entry: CatalogueEntry, in cache: CacheFolder, from mirror: Mirror
  ) -> [Placement] {
    let folder = cache.folder(of: entry)
    var placements: [Placement] = []
    for file in entry.files
    where Files.size(of: "\(folder)/\(file.name)") != file.identity.bytes {
      let placement =
        switch file.origin {
        case .published(let remote):
          Placement(
            address: mirror.address(of: remote), path: "\(folder)/\(file.name)",
            identity: file.identity)
        case .member(_, let archive):
          Placement(
            address: mirror.address(of: archive.remotePath), path: "\(folder)/\(archive.name)",
            identity: archive.identity)
        }
      if !placements.contains(placement) { placements.append(placement) }
    }
    return placements
  }

  /// The files in words: what, from where, to where, known by what.
  ///
  /// - Parameter placements: The files.
  /// - Returns: Four lines a file.
  public static func text(of placements: [Placement]) -> String {
    placements.map { placement in
      """
        \(placement.path)
          from     \(placement.address)
          bytes    \(placement.identity.bytes)
          SHA-256  \(placement.identity.sha256)
      """
    }.joined(separator: "\n")
  }
}
