/// Takes a folder out of a tar archive: all of it gets its name at once, or nothing does.
///
/// Files go into `NAME.part`, which is named when every file is on the disk and the archive, as it was
/// read, has its digest.
struct FolderUnpacking {
  private let folder: CatalogueFolder
  private let place: String
  private let archive: String

  /// - Parameters:
  ///   - folder: What to take out.
  ///   - archive: The archive's path.
  ///   - parent: The folder that it goes into.
  init(_ folder: CatalogueFolder, from archive: String, into parent: String) {
    self.folder = folder
    self.archive = archive
    place = "\(parent)/\(folder.name)"
  }

  private var staging: String { place + ".part" }
  private var former: String { place + ".former" }

  /// Unpacks; what stood there before goes when the new folder is whole.
  ///
  /// - Returns: What came out, by path.
  /// - Throws: `FetchError`; nothing of the new folder is then left.
  func run() throws(FetchError) -> [FolderList.File] {
    Files.removeTree(staging)
    do throws(FetchError) {
      let files = try fill()
      try FolderList(archive: folder.archive.identity.sha256, files: files).write(in: staging)
      Files.removeTree(former)
      if Files.exists(place) { try Files.rename(place, to: former) }
      try Files.rename(staging, to: place)
      Files.removeTree(former)
      return files
    } catch {
      Files.removeTree(staging)
      throw error
    }
  }

  private func fill() throws(FetchError) -> [FolderList.File] {
    for part in folder.parts { try Files.makeFolder("\(staging)/\(part)") }
    let stream = try ArchiveStream(archive)
    var reader = TarReader(stream)
    var files: [String: FolderList.File] = [:]
    while let part = try reader.next() {
      guard part.isFile, folder.takes(part.path) else { continue }
      let path = part.path.joined(separator: "/")
      guard files[path] == nil else { throw bad("its \(path) is in it twice") }
      let file = try NewFile("\(staging)/\(part.path[1])/\(part.path[2])")
      try reader.take { (bytes) throws(FetchError) in try file.append(bytes) }
      let identity = try file.finish()
      files[path] = FolderList.File(path: path, bytes: identity.bytes, sha256: identity.sha256)
    }
    let digest = try stream.digest()
    guard digest == folder.archive.identity.sha256 else {
      throw bad(
        "it changed while it was read: SHA-256 \(digest), expected is "
          + folder.archive.identity.sha256)
    }
    for part in folder.parts
    where !files.keys.contains(where: { $0.hasPrefix("\(folder.name)/\(part)/") }) {
      throw bad("there is no \(folder.name)/\(part)/*\(folder.suffix) in it")
    }
    return files.values.sorted { $0.path < $1.path }
  }

  private func bad(_ reason: String) -> FetchError { .badArchive(path: archive, reason: reason) }
}
