#if canImport(Glibc)
internal import Glibc
#endif

/// What stands at a work folder's name is ours before anything in it is read or removed.
extension WorkFolder {
  /// Refuses anything but nothing, an empty folder or a folder that a run has made.
  ///
  /// - Parameter path: The name of a work folder.
  /// - Throws: `PipelineError.inTheWay`.
  static func requireNothingElse(at path: String) throws(PipelineError) {
    switch Files.kind(of: path) {
    case .nothing: return
    case .file: throw .inTheWay(path: path, what: "a file")
    case .link: throw .inTheWay(path: path, what: "a symbolic link")
    case .other: throw .inTheWay(path: path, what: "something that is no folder")
    case .folder: break
    }
    guard let names = try? Files.names(in: path) else {
      // Between two looks another run may have removed it.
      guard Files.kind(of: path) == .nothing else {
        throw .inTheWay(path: path, what: "a folder that cannot be listed")
      }
      return
    }
    if let stranger = names.sorted().first(where: { !isOwn(file: $0) }) {
      throw .inTheWay(path: path, what: "a folder with '\(stranger)' in it, which no run has made,")
    }
    guard names.isEmpty || names.contains("lock") else {
      throw .inTheWay(path: path, what: "a folder without a run's lock")
    }
  }

  /// Whether a folder is a run's, with something in it or not.
  static func isOwn(folder path: String) -> Bool {
    Files.kind(of: path) == .folder && (try? requireNothingElse(at: path)) != nil
  }

  /// Whether a file's name is one that a run gives, or that of one half-written.
  static func isOwn(file name: String) -> Bool {
    var name = Substring(name)
    if name.hasSuffix(".partial") {
      name = name.dropLast(".partial".count)
      // `.NAME.SUFFIX.partial`, the suffix drawn by lot.
      if name.hasPrefix("."), let dot = name.lastIndex(of: "."), dot > name.startIndex {
        name = name[..<dot].dropFirst()
      }
    }
    if ["lock", "fingerprint.json", profile, "folded.json", "output", "output.gguf", "replaced"]
      .contains(String(name))
    {
      return true
    }
    return [("block-", ".safetensors"), ("vectors-", ".safetensors"), ("folded-", "")].contains {
      name.hasPrefix($0.0) && name.hasSuffix($0.1)
        && Int(name.dropFirst($0.0.count).dropLast($0.1.count)) != nil
    }
  }
}
