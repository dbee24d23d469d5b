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
