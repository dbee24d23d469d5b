internal import FoundationEssentials

#if canImport(Glibc)
internal import Glibc
#endif

/// Files and folders, with errors in this module's words.
enum Files {
  /// Whether something stands at a path.
  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// A file's bytes.
  static func contents(_ path: String) throws(PipelineError) -> [UInt8] {
    do {
      return [UInt8](try Data(contentsOf: URL(filePath: path)))
    } catch {
      throw .source(path: path, reason: "cannot be read")
    }
  }

  /// Writes a file so that its name stands for the old contents or the new, and never for a part.
  static func write(_ bytes: [UInt8], to path: String) throws(PipelineError) {
    let temporary = path + ".partial"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw failure(path) }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress, min($0.count, 1 << 30))
      }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR {
        let error = failure(path)
        close(descriptor)
        unlink(temporary)
        throw error
      }
    }
    guard fsync(descriptor) == 0, close(descriptor) == 0, rename(temporary, path) == 0 else {
      throw failure(path)
    }
  }

  /// Makes a folder; one that is there is left as it is.
  static func makeFolder(_ path: String) throws(PipelineError) {
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw failure(path) }
  }

  /// Removes a file or a folder with everything in it; one that is not there is removed already.
  static func remove(_ path: String) throws(PipelineError) {
    guard exists(path) else { return }
    do {
      try FileManager.default.removeItem(atPath: path)
    } catch {
      throw .cannotWrite(path: path, reason: "cannot be removed")
    }
  }

  /// Copies a file's contents.
  static func copy(_ source: String, to target: String) throws(PipelineError) {
    try write(try contents(source), to: target)
  }

  /// Gives a folder another name; the name is free.
  static func move(_ source: String, to target: String) throws(PipelineError) {
    guard rename(source, target) == 0 else { throw failure(target) }
  }

  /// What the system says of the last call, about a path.
  static func failure(_ path: String) -> PipelineError {
    .cannotWrite(path: path, reason: String(cString: strerror(errno)))
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
