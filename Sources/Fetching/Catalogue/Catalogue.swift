/// What can be fetched by name.
///
/// An entry is pinned to one revision of its publisher's repository, and every file, or the archive it comes
/// in, to a length and a SHA-256 that others have published too: where none was found, the file is not in the
/// catalogue.
public enum Catalogue {
  /// Every entry: models by size, then data sets.
  public static let entries = models + datasets

  /// The entry of a name.
  ///
  /// - Parameter name: A name, in letters of either case.
  /// - Returns: The entry.
  /// - Throws: `FetchError.unknownName`, with the names there are.
  public static func entry(named name: String) throws(FetchError) -> CatalogueEntry {
    let wanted = name.lowercased()
    guard let entry = entries.first(where: { $0.name == wanted }) else {
      throw .unknownName(name, known: entries.map(\.name))
    }
    return entry
  }

  /// A file of a repository, as it is at one revision.
  ///
  /// - Parameters:
  ///   - name: Its name in the entry's folder.
  ///   - repository: The repository's path on the host, with `datasets/` before those of data.
  ///   - revision: The commit.
  ///   - path: The file's path in the repository; nil where it is the name.
  ///   - bytes: Its length.
  ///   - sha256: Its SHA-256.
  /// - Returns: The file.
  static func file(
    _ name: String, of repository: String, at revision: String, path: String? = nil,
    bytes: Int, sha256: String
  ) -> CatalogueFile {
    CatalogueFile(
      name: name, identity: FileIdentity(bytes: bytes, sha256: sha256),
      origin: .published(at: "\(repository)/resolve/\(revision)/\(path ?? name)"))
  }
}
