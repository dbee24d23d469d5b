import Fetching

/// What can be fetched, for a person or as JSON.
struct CatalogueListing {
  private let cache: CacheFolder

  init(_ cache: CacheFolder) { self.cache = cache }

  func show(json: Bool) throws {
    let rows = Catalogue.entries.map { Row($0, isHere: cache.holds($0), cache.folder(of: $0)) }
    if json {
      try Output.json(Listing(entries: rows))
      return
    }
    for row in rows {
      let kind = row.kind == "model" ? "model" : "data set"
      // Reading gigabytes for a list would take minutes; fetching again reads and checks them.
      let place = row.fetched ? ", in the cache to go by lengths" : ""
      Output.line("\(row.name)  \(kind), \(Figures.bytes(row.bytes))\(place)")
      Output.line("    \(row.summary)")
      Output.line("    licence: \(row.licence)")
      Output.line("    page: \(row.page)")
    }
  }

  private struct Listing: Encodable {
    let schema = 1
    let entries: [Row]
  }

  private struct Row: Encodable {
    let name: String
    let kind: String
    let summary: String
    let licence: String
    let page: String
    let bytes: Int
    let folder: String
    let fetched: Bool
    let files: [File]
    let folders: [Folder]

    init(_ entry: CatalogueEntry, isHere: Bool, _ folder: String) {
      name = entry.name
      kind = entry.kind.rawValue
      summary = entry.summary
      licence = entry.licence
      page = entry.page
      bytes = entry.bytes
      self.folder = folder
      fetched = isHere
      files = entry.files.map {
        File(path: $0.name, bytes: $0.identity.bytes, sha256: $0.identity.sha256)
      }
      folders = entry.folders.map { folder in
        let archive = folder.archive
        return Folder(
          path: folder.name,
          from: File(
            path: archive.name, bytes: archive.identity.bytes, sha256: archive.identity.sha256))
      }
    }
  }

  /// A folder that comes out of an archive, by whose digest it is known.
  private struct Folder: Encodable {
    let path: String
    let from: File
  }

  private struct File: Encodable {
    let path: String
    let bytes: Int
    let sha256: String
  }
}
