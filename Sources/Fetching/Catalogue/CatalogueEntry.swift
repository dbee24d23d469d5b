/// A published model or data set that can be fetched by name.
public struct CatalogueEntry: Sendable, Hashable {
  /// What an entry holds, and so where in the cache it is kept.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// A checkpoint with its tokenizer.
    case model
    /// What is measured or calibrated on: a text, questions.
    case dataset
  }

  /// What it is fetched by.
  public let name: String
  /// A model or a data set.
  public let kind: Kind
  /// What it is, in one line.
  public let summary: String
  /// The licence, as its publishers name it.
  public let licence: String
  /// The page that publishes it.
  public let page: String
  /// What stands in its folder once it has been fetched.
  public let files: [CatalogueFile]
  /// Folders that stand there too.
  public let folders: [CatalogueFolder]

  /// An entry.
  ///
  /// - Parameters:
  ///   - name: What it is fetched by; also the name of its folder.
  ///   - kind: A model or a data set.
  ///   - summary: What it is, in one line.
  ///   - licence: The licence, as its publishers name it.
  ///   - page: The page that publishes it.
  ///   - files: What stands in its folder once it has been fetched.
  ///   - folders: Folders that stand there too.
  public init(
    name: String, kind: Kind, summary: String, licence: String, page: String,
    files: [CatalogueFile] = [], folders: [CatalogueFolder] = []
  ) {
    self.name = name
    self.kind = kind
    self.summary = summary
    self.licence = licence
    self.page = page
    self.files = files
    self.folders = folders
  }

  /// The bytes of all its files, and of the archives of its folders.
  public var bytes: Int {
    files.reduce(0) { $0 + $1.identity.bytes }
      + folders.reduce(0) { $0 + $1.archive.identity.bytes }
  }
}
