/// A file of an entry: what it is called, what it is known by, where it comes from.
public struct CatalogueFile: Sendable, Hashable {
  /// Where a file comes from.
  public enum Origin: Sendable, Hashable {
    /// It is published as it is, at this path of the host.
    case published(at: String)
    /// It is a part of a published zip archive.
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

/// A zip archive that files of an entry are parts of.
public struct CatalogueArchive: Sendable, Hashable {
  /// Its name in the entry's folder, while it is there.
  public let name: String
  /// Its length and digest.
  public let identity: FileIdentity
  /// Its path on the host.
  public let remotePath: String

  /// An archive.
  ///
  /// - Parameters:
  ///   - name: Its name in the entry's folder, while it is there.
  ///   - identity: Its length and digest.
  ///   - remotePath: Its path on the host.
  public init(name: String, identity: FileIdentity, remotePath: String) {
    self.name = name
    self.identity = identity
    self.remotePath = remotePath
  }
}

/// What tells a published file from every other: its length and its SHA-256.
public struct FileIdentity: Sendable, Hashable {
  /// Its length.
  public let bytes: Int
  /// Its SHA-256, as 64 lower-case hexadecimal digits.
  public let sha256: String

  /// An identity.
  ///
  /// - Parameters:
  ///   - bytes: The file's length.
  ///   - sha256: Its SHA-256, as 64 lower-case hexadecimal digits.
  public init(bytes: Int, sha256: String) {
    self.bytes = bytes
    self.sha256 = sha256
  }
}

extension CatalogueFile {
  /// The archive that the file is a part of; nil where it is published as it is.
  var archive: CatalogueArchive? {
    if case .member(_, let archive) = origin { archive } else { nil }
  }
}
