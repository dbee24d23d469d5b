/// A file of an entry: what it is called, what it is known by, where it comes from.
public struct CatalogueFile: Sendable, Hashable {
  /// Where a file comes from.
  public enum Origin: Sendable, Hashable {
    /// It is published as it is, at this path of the host.
    case published(at: String)
    /// It is a part of a published archive.
    case member(String, of: CatalogueArchive)
  }

  /// Its name in the entry's folder.
  public let name: String
  /// Its length and digest.
  public let identity: FileIdentity
  /// Where it comes from.
  public let origin: Origin

  /// A file.
  ///
  /// - Parameters:
  ///   - name: Its name in the entry's folder.
  ///   - identity: Its length and digest.
  ///   - origin: Where it comes from.
  public init(name: String, identity: FileIdentity, origin: Origin) {
    self.name = name
    self.identity = identity
    self.origin = origin
  }
}

extension CatalogueFile {
  /// The archive that the file is a part of; nil where it is published as it is.
  var archive: CatalogueArchive? {
    if case .member(_, let archive) = origin { archive } else { nil }
  }
}
