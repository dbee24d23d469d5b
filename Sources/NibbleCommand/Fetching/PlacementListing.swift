import Fetching

/// What of an entry is not there yet, and where it goes.
struct PlacementListing {
  private let entry: CatalogueEntry
  private let folder: String
  private let missing: [Placement]

  init(_ entry: CatalogueEntry, _ cache: CacheFolder, _ mirror: Mirror) {
    self.entry = entry
    folder = cache.folder(of: entry)
    missing = Placement.missing(of: entry, in: cache, from: mirror)
  }

  func show(json: Bool) throws {
    if json {
      try Output.json(Listing(name: entry.name, folder: folder, missing: missing.map(File.init)))
      return
    }
    guard !missing.isEmpty else {
      Output.line("\(entry.name): every file is in \(folder), to go by their lengths")
      return
    }
    let bytes = missing.reduce(0) { $0 + $1.identity.bytes }
    Output.line(
      "\(entry.name): \(Figures.count(missing.count, "file")) to fetch, \(Figures.bytes(bytes))")
    Output.line(Placement.text(of: missing))
  }

  private struct Listing: Encodable {
    let schema = 1
    let name: String
    let folder: String
    let missing: [File]
  }

  private struct File: Encodable {
    let path: String
    let from: String
    let bytes: Int
    let sha256: String
    /// What may be placed instead of an archive.
    let members: [Member]?

    init(_ placement: Placement) {
      path = placement.path
      from = placement.address
      bytes = placement.identity.bytes
      sha256 = placement.identity.sha256
      members =
        placement.members.isEmpty
        ? nil
        : placement.members.map {
          Member(path: $0.name, bytes: $0.identity.bytes, sha256: $0.identity.sha256)
        }
    }
  }

  private struct Member: Encodable {
    let path: String
    let bytes: Int
    let sha256: String
  }
}
