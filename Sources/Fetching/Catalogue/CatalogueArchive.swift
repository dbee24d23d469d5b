/// An archive that files of an entry are parts of: zip, or tar where it is of a folder.
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
