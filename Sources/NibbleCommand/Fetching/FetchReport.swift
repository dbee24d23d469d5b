import Fetching

/// What a fetch did, for a person or as JSON.
struct FetchReport: Encodable {
  private let schema = 1
  private let name: String
  private let folder: String
  /// Folders that came out of an archive.
  private let folders: [String]
  private let bytes: Int
  private let licence: String
  private let mirror: String
  private let files: [File]

  private struct File: Encodable {
    let path: String
    let bytes: Int
    let sha256: String
    let outcome: String
  }

  init(_ entry: CatalogueEntry, _ fetched: [FetchedFile], folder: String, mirror: Mirror) {
    name = entry.name
    self.folder = folder
    bytes = fetched.reduce(0) { $0 + $1.file.identity.bytes }
    folders = entry.folders.map { "\(folder)/\($0.name)" }
    licence = entry.licence
    self.mirror = mirror.base
    files = fetched.map {
      File(
        path: $0.file.name, bytes: $0.file.identity.bytes, sha256: $0.file.identity.sha256,
        outcome: $0.outcome.rawValue)
    }
  }

  /// Two lines: where it is, what may be done with it.
  var lines: [String] {
    let files = "\(name): \(Figures.count(files.count, "file")), \(Figures.bytes(bytes)), "
    return [
      files
        + (folders.isEmpty
          ? "each as published by its SHA-256, in \(folder)"
          : "from an archive as published by its SHA-256, in \(folders.joined(separator: ", "))"),
      "licence: \(licence)",
    ]
  }
}
