internal import Foundation

/// What writing a site changed.
public struct SiteWriteReport: Hashable, Sendable {
  /// Files that were written: new or changed.
  public let written: [String]
  /// Files that were the same already.
  public let unchanged: [String]
  /// Files of an earlier site that this one no longer has.
  public let removed: [String]
}

/// Writes a site into a folder, rewriting only what is its own.
///
/// A list of the files it wrote stays in the folder as `.nibble-site`; only files on it are ever
/// replaced or removed. Each file appears whole or not at all, because it is written beside its place
/// and renamed.
public struct SiteWriter: Sendable {
  private let folder: String

  /// The list of our own files, in the output folder.
  static let manifestName = ".nibble-site"

  /// A writer for a folder, which need not exist yet.
  public init(folder: String) {
    self.folder = folder
  }

  /// Writes every page and file that changed, and removes what the site no longer has.
  ///
  /// - Parameter site: The site.
  /// - Returns: What was written, what was the same, what was removed.
  /// - Throws: `SiteError.foreignFolder` when the folder holds files but no list of ours, or a file of
  ///   somebody else's stands where one of ours should; `SiteError.unreadable` for an image that is
  ///   not there; `SiteError.cannotWrite` for the rest. The first is found before anything is written.
  public func write(_ site: RenderedSite) throws(SiteError) -> SiteWriteReport {
    let files = try contents(of: site)
    let own = try ownFiles()
    for (path, _) in files where !own.contains(path) && exists(path) {
      throw .foreignFolder(path: folder, example: path)
    }
    // Listed before written: a run that is cut short leaves nothing it would not own later.
    try put(manifest(of: own.union(files.map(\.path))), at: Self.manifestName)
    var written: [String] = []
    var unchanged: [String] = []
    for (path, bytes) in files {
      if FileManager.default.contents(atPath: full(path)).map({ Array($0) }) == bytes {
        unchanged.append(path)
      } else {
        try put(bytes, at: path)
        written.append(path)
      }
    }
    let current = Set(files.map(\.path))
    let removed = own.subtracting(current).sorted().filter { remove($0) }
    try put(manifest(of: current), at: Self.manifestName)
    return SiteWriteReport(written: written, unchanged: unchanged, removed: removed)
  }

  private func contents(of site: RenderedSite) throws(SiteError) -> [(path: String, bytes: [UInt8])]
  {
    var files = site.pages.map { (path: $0.path, bytes: Array($0.html.utf8)) }
    for asset in site.assets {
      switch asset.content {
      case .bytes(let bytes): files.append((asset.path, bytes))
      case .file(let source):
        guard let data = FileManager.default.contents(atPath: source) else {
          throw .unreadable(path: source, reason: "a chapter shows this image, and it is not there")
        }
        files.append((asset.path, Array(data)))
      }
    }
    for (path, _) in files where !Self.isInside(path) {
      throw .cannotWrite(path: path, reason: "a page's path must stay inside the site")
    }
    return files
  }

  private func ownFiles() throws(SiteError) -> Set<String> {
    if let data = FileManager.default.contents(atPath: full(Self.manifestName)) {
      let lines = String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
      return Set(lines.filter(Self.isInside))
    }
    let present = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    if let example = present.sorted().first { throw .foreignFolder(path: folder, example: example) }
    return []
  }

  private func put(_ bytes: [UInt8], at path: String) throws(SiteError) {
    let place = URL(fileURLWithPath: full(path))
    do {
      try FileManager.default.createDirectory(
        at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(bytes).write(to: place, options: .atomic)
    } catch {
      throw .cannotWrite(path: place.path, reason: error.localizedDescription)
    }
  }

  /// Removes a file of ours, and the folders that are empty without it.
  private func remove(_ path: String) -> Bool {
    guard unlink(full(path)) == 0 else { return false }
    var parts = path.split(separator: "/").dropLast()
    while !parts.isEmpty, rmdir(full(parts.joined(separator: "/"))) == 0 { parts.removeLast() }
    return true
  }

  private func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: full(path))
  }

  private func full(_ path: String) -> String { "\(folder)/\(path)" }

  private func manifest(of paths: Set<String>) -> [UInt8] {
    Array((paths.sorted().joined(separator: "\n") + "\n").utf8)
  }

  private static func isInside(_ path: String) -> Bool {
    !path.isEmpty && !path.hasPrefix("/") && path != manifestName
      && !path.split(separator: "/").contains("..")
  }
}
