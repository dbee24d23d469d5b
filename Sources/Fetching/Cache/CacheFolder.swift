/// Where fetched files are kept.
///
/// `models/NAME/` and `datasets/NAME/` under one folder, so that whatever fetches and whatever opens a
/// name agree about the place.
public struct CacheFolder: Sendable, Hashable {
  /// The folder above all of it.
  public let path: String

  /// A cache in a folder, which is made when something is fetched.
  ///
  /// - Parameter path: The folder.
  public init(_ path: String) { self.path = path }

  /// Where models are kept.
  public var models: String { path + "/models" }
  /// Where data sets are kept.
  public var datasets: String { path + "/datasets" }

  /// Where an entry is kept.
  ///
  /// - Parameter entry: The entry.
  /// - Returns: Its folder, whether it is there or not.
  public func folder(of entry: CatalogueEntry) -> String {
    switch entry.kind {
    case .model: "\(models)/\(entry.name)"
    case .dataset: "\(datasets)/\(entry.name)"
    }
  }

  /// Whether every file of an entry is there and has its length, those of its folders by their lists.
  ///
  /// Contents are not read: `nibble fetch` does that, and nothing else gives a file its name.
  ///
  /// - Parameter entry: The entry.
  /// - Returns: Whether it can be opened.
  public func holds(_ entry: CatalogueEntry) -> Bool {
    let place = folder(of: entry)
    return entry.files.allSatisfy {
      Files.size(of: "\(place)/\($0.name)") == $0.identity.bytes
    }
      && entry.folders.allSatisfy { holds($0, in: place, reads: false) }
  }

  /// Whether a folder holds what was unpacked.
  func holds(_ folder: CatalogueFolder, in place: String, reads: Bool) -> Bool {
    let found = try? PlacedFolder(at: "\(place)/\(folder.name)", of: folder, reads: reads)
    if case .verified = found { return true }
    return false
  }
}
