internal import Foundation

/// A folder in the cache, held against the list of what was unpacked into it.
enum PlacedFolder: Equatable {
  /// Nothing stands there, or files of the list are gone and nothing else is wrong.
  case missing
  /// It holds what was unpacked.
  case verified([FolderList.File])
  /// Something else stands there; where, and what is known of it, in words.
  case differs(path: String, reason: String)

  /// Looks at what stands at a path.
  ///
  /// - Parameters:
  ///   - path: The path.
  ///   - folder: What belongs there.
  ///   - reads: Whether files are read and held against their digests; their lengths always are.
  ///   - reading: Called before files are read.
  /// - Throws: `FetchError.cannotRead`.
  init(
    at path: String, of folder: CatalogueFolder, reads: Bool, reading: () -> Void = {}
  ) throws(FetchError) {
    guard Files.exists(path) else {
      self = .missing
      return
    }
    guard let list = FolderList.read(in: path), Self.isSound(list, folder) else {
      self = .differs(
        path: path, reason: "holds no list of what nibble fetch unpacked (\(FolderList.name))")
      return
    }
    guard list.archive == folder.archive.identity.sha256 else {
      self = .differs(
        path: path,
        reason: "was unpacked from an archive with SHA-256 \(list.archive), and the published one "
          + "has \(folder.archive.identity.sha256)")
      return
    }
    if let extra = Self.extra(at: path, folder, list) {
      self = .differs(path: extra, reason: "did not come out of \(folder.archive.name)")
      return
    }
    if reads { reading() }
    var isWhole = true
    for file in list.files {
      // The list's paths begin with the folder's name.
      let place = "\(Files.parent(of: path))/\(file.path)"
      let isThere =
        reads
        ? try PlacedFile(at: place, identity: file.identity)
        : Self.byLength(at: place, file.identity)
      switch isThere {
      case .missing: isWhole = false
      case .verified: break
      case .differs(let found, let expected):
        self = .differs(path: place, reason: "\(found), and what was unpacked \(expected)")
        return
      }
    }
    self = isWhole ? .verified(list.files) : .missing
  }

  /// Whether a list is one that unpacking can have written: whatever it says, no other file is opened.
  private static func isSound(_ list: FolderList, _ folder: CatalogueFolder) -> Bool {
    Set(list.files.map(\.path)).count == list.files.count && !list.files.isEmpty
      && list.files.allSatisfy { file in
        file.bytes >= 0
          && folder.takes(
            file.path.split(separator: "/", omittingEmptySubsequences: false).map(String.init))
      }
  }

  /// A file that would be read with the others and is not of the list.
  private static func extra(
    at path: String, _ folder: CatalogueFolder, _ list: FolderList
  ) -> String? {
    let known = Set(list.files.map(\.path))
    for part in folder.parts {
      let names = try? FileManager.default.contentsOfDirectory(atPath: "\(path)/\(part)")
      for name in (names ?? []).sorted()
      where folder.takes([folder.name, part, name])
        && !known.contains("\(folder.name)/\(part)/\(name)")
      {
        return "\(path)/\(part)/\(name)"
      }
    }
    return nil
  }

  private static func byLength(at path: String, _ identity: FileIdentity) -> PlacedFile {
    guard Files.exists(path) else { return .missing }
    let size = Files.size(of: path)
    return size == identity.bytes
      ? .verified
      : .differs(
        found: size.map { "has \($0) bytes" } ?? "is not a file", expected: "\(identity.bytes)")
  }
}
