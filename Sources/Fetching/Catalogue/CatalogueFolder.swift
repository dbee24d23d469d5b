/// A folder of an entry: a part of a published tar archive, whose files have no published digests.
///
/// The archive's digest stands for theirs. It is checked before and while files are taken out; what came out
/// is listed beside them with its lengths and digests, and later checks go by that list.
public struct CatalogueFolder: Sendable, Hashable {
  /// Its name, in the entry's folder and in the archive.
  public let name: String
  /// The folders in it that are wanted.
  public let parts: [String]
  /// How the names of wanted files end.
  public let suffix: String
  /// The archive.
  public let archive: CatalogueArchive

  /// A folder.
  ///
  /// - Parameters:
  ///   - name: Its name, in the entry's folder and in the archive.
  ///   - parts: The folders in it that are wanted.
  ///   - suffix: How the names of wanted files end.
  ///   - archive: The archive.
  public init(name: String, parts: [String], suffix: String, archive: CatalogueArchive) {
    self.name = name
    self.parts = parts
    self.suffix = suffix
    self.archive = archive
  }
}

extension CatalogueFolder {
  /// Whether a file of the archive, or of the list of what came out, is wanted.
  ///
  /// Hidden files are not: some tools put a computer's own remarks beside each file.
  func takes(_ path: [String]) -> Bool {
    path.count == 3 && path[0] == name && parts.contains(path[1]) && path[2].hasSuffix(suffix)
      && !path[2].hasPrefix(".")
  }

  /// A file of it, as an entry lists files.
  func file(_ path: String, _ identity: FileIdentity) -> CatalogueFile {
    CatalogueFile(name: path, identity: identity, origin: .member(path, of: archive))
  }
}
