#if canImport(Glibc)
internal import Glibc
#endif

/// Files and folders, with errors in this module's words.
enum Files {
  /// What stands at a path.
  enum Kind {
    case nothing
    case file
    case folder
    /// A symbolic link, wherever it leads.
    case link
    /// A pipe, a socket or a device.
    case other
  }

  /// What stands at a path itself, links not followed; what may not be looked at counts as nothing.
  static func kind(of path: String) -> Kind {
    var status = stat()
    guard lstat(path, &status) == 0 else { return .nothing }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return .file
    case S_IFDIR: return .folder
    case S_IFLNK: return .link
    default: return .other
    }
  }

  /// Whether something can be opened at a path, links followed.
  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// A file's bytes.
  static func contents(_ path: String) throws(PipelineError) -> [UInt8] {
    func unreadable() -> PipelineError {
      .source(path: path, reason: "cannot be read: \(String(cString: strerror(errno)))")
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw unreadable() }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = piece.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      if count == 0 { return bytes }
      if count > 0 {
        bytes += piece[..<count]
      } else if errno != EINTR {
        throw unreadable()
      }
    }
  }

  /// Writes a file so that its name stands for the old contents or the new, and never for a part.
  ///
  /// Whatever fails, the temporary file beside it is gone.
  static func write(_ bytes: [UInt8], to path: String) throws(PipelineError) {
    let temporary = path + ".partial"
    var descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw failure(path) }
    var isPlaced = false
    defer {
      if descriptor >= 0 { close(descriptor) }
      if !isPlaced { unlink(temporary) }
    }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress, min($0.count, 1 << 30))
      }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR {
        throw failure(path)
      }
    }
    guard fsync(descriptor) == 0 else { throw failure(path) }
    let closed = close(descriptor)
    descriptor = -1
    guard closed == 0, rename(temporary, path) == 0 else { throw failure(path) }
    isPlaced = true
    syncFolder(holding: path)
  }

  /// Makes a folder; one that is there is left as it is.
  static func makeFolder(_ path: String) throws(PipelineError) {
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw failure(path) }
  }

  /// The names in a folder, in no order.
  static func names(in path: String) throws(PipelineError) -> [String] {
    guard let folder = opendir(path) else {
      throw .source(path: path, reason: "cannot be listed: \(String(cString: strerror(errno)))")
    }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  /// Removes a file, a link or a folder with everything in it; what is not there is removed already.
  static func remove(_ path: String) throws(PipelineError) {
    switch kind(of: path) {
    case .nothing: return
    case .folder:
      do throws(PipelineError) {
        for name in try names(in: path) { try remove("\(path)/\(name)") }
      } catch {
        // Somebody else may be removing it, too.
        guard kind(of: path) == .nothing else { throw error }
      }
      guard rmdir(path) == 0 || errno == ENOENT else { throw notRemoved(path) }
    case .file, .link, .other:
      guard unlink(path) == 0 || errno == ENOENT else { throw notRemoved(path) }
    }
  }

  private static func notRemoved(_ path: String) -> PipelineError {
    .cannotWrite(path: path, reason: "it cannot be removed: \(String(cString: strerror(errno)))")
  }

  /// Copies a file's contents.
  static func copy(_ source: String, to target: String) throws(PipelineError) {
    try write(try contents(source), to: target)
  }

  /// Gives something another name; the name is free.
  static func move(_ source: String, to target: String) throws(PipelineError) {
    guard rename(source, target) == 0 else { throw failure(target) }
    syncFolder(holding: target)
  }

  /// Makes the names in a folder outlive a power cut, where the file system can.
  static func syncFolder(holding path: String) {
    let descriptor = open(split(path).folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  /// What the system says of the last call, about a path.
  static func failure(_ path: String) -> PipelineError { failure(path, errno) }

  /// What the system says of an error number, about a path.
  static func failure(_ path: String, _ code: Int32) -> PipelineError {
    .cannotWrite(path: path, reason: String(cString: strerror(code)))
  }

  /// The folder that holds a path, and the path's own name.
  static func split(_ path: String) -> (folder: String, name: String) {
    var path = Substring(path)
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    guard let slash = path.lastIndex(of: "/") else { return (".", String(path)) }
    let folder = slash == path.startIndex ? "/" : String(path[..<slash])
    return (folder, String(path[path.index(after: slash)...]))
  }
}
