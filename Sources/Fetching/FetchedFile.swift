/// What was done about a file.
public struct FetchedFile: Sendable, Hashable {
  /// How a file came to be there.
  public enum Outcome: String, Sendable, Hashable {
    /// It was there, and is the published one.
    case alreadyThere = "already-there"
    /// It was downloaded.
    case downloaded
    /// It was taken out of an archive.
    case unpacked
  }

  /// The file.
  public let file: CatalogueFile
  /// How it came to be there.
  public let outcome: Outcome
}
