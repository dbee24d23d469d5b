internal import Foundation
internal import Glibc

/// What the path of a request means in a folder of pages.
struct ServedFolder: Sendable {
  /// What stands at an address.
  enum Found: Equatable {
    /// A file inside the folder.
    case file(path: String)
    /// A folder that was asked for as if it were a file: links on its page need the slash.
    case moved(to: String)
    /// Nothing that may be shown.
    case nothing
  }

  private let path: String

  /// The folder, which need not exist yet.
  init(_ path: String) {
    self.path = path
  }

  /// Finds a file, its address as it came over the wire.
  ///
  /// Every part is decoded once and must be a plain name: nothing leads up, nothing hidden is shown,
  /// and a link on disk is followed only to what lies inside the folder as well.
  func find(_ address: String) -> Found {
    guard address.hasPrefix("/"), let root = Self.resolved(path) else { return .nothing }
    var parts = address.dropFirst().split(separator: "/", omittingEmptySubsequences: false)[...]
    let isFolderAddress = parts.last?.isEmpty == true
    if isFolderAddress { parts.removeLast() }
    var names: [String] = []
    for part in parts {
      guard let name = part.removingPercentEncoding, Self.isPlain(name) else { return .nothing }
      names.append(name)
    }
    guard let place = Self.resolved(([root] + names).joined(separator: "/")),
      place == root || place.hasPrefix(root == "/" ? "/" : root + "/")
    else { return .nothing }
    switch (Self.kind(of: place), isFolderAddress) {
    case (S_IFREG, false): return .file(path: place)
    case (S_IFDIR, false): return .moved(to: address + "/")
    case (S_IFDIR, true):
      let index = place + "/index.html"
      guard let page = Self.resolved(index), page == index, Self.kind(of: page) == S_IFREG else {
        return .nothing
      }
      return .file(path: page)
    default: return .nothing
    }
  }

  /// A name that a file of a site may have.
  private static func isPlain(_ name: String) -> Bool {
    !name.isEmpty && !name.hasPrefix(".") && !name.contains("/") && !name.contains("\0")
  }

  /// The path with every link followed; nil where nothing stands.
  private static func resolved(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }

  private static func kind(of path: String) -> mode_t {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & S_IFMT : 0
  }
}
