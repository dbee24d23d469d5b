import Foundation
import Glibc

/// A file a command was asked to write: refused when one exists, unless forced; whole or not at all.
///
/// A pipe or a device, such as `/dev/null`, is written as it is.
struct OutputFile {
  private let path: String
  private let force: Bool
  private let isDevice: Bool

  /// Checks, before any work, that the file may and can be written.
  init(_ path: String, force: Bool) throws {
    self.path = path
    self.force = force
    guard !path.isEmpty else { throw Failure(.usage, "an output file needs a name, not \"\"") }
    var status = stat()
    let exists = stat(path, &status) == 0
    let kind = status.st_mode & S_IFMT
    if exists, kind == S_IFDIR {
      throw Failure(.cannotWrite, "\(path): a folder stands there; name a file")
    }
    isDevice = exists && kind != S_IFREG
    if isDevice { return }
    if exists, !force {
      throw Failure(.cannotWrite, "\(path): exists already; use --force to replace it")
    }
    let folder = OutputFolder.parent(of: path)
    guard access(folder, W_OK | X_OK) == 0 else {
      throw Failure(
        .cannotWrite, "\(path): cannot be written: \(folder): \(String(cString: strerror(errno)))")
    }
  }

  /// Writes the file under a temporary name beside it and gives it its own when it is whole.
  func write(_ bytes: [UInt8]) throws {
    try Interrupts.uninterrupted {
      if isDevice {
        try put(bytes, openedWith: O_WRONLY, at: path)
        return
      }
      let name = path.lastPathName.prefix(64)
      let suffix = String(UInt64.random(in: 0...UInt64.max), radix: 36)
      let temporary = OutputFolder.parent(of: path) + "/.\(name).\(suffix).partial"
      defer { unlink(temporary) }
      try put(bytes, openedWith: O_WRONLY | O_CREAT | O_EXCL, at: temporary)
      // A second hard link cannot take a name that is in use, and a rename would.
      let failed = force ? rename(temporary, path) : link(temporary, path)
      guard failed == 0 else {
        if errno == EEXIST {
          throw Failure(.cannotWrite, "\(path): exists already; use --force to replace it")
        }
        // Some file systems have no hard links.
        let hasNoLinks = !force && [EPERM, EOPNOTSUPP, ENOSYS].contains(errno)
        guard hasNoLinks, rename(temporary, path) == 0 else { throw cannotWrite() }
        return
      }
    }
  }

  private func put(_ bytes: [UInt8], openedWith flags: Int32, at place: String) throws {
    let descriptor = open(place, flags | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw cannotWrite() }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR {
        let failure = cannotWrite()
        close(descriptor)
        throw failure
      }
    }
    guard close(descriptor) == 0 else { throw cannotWrite() }
  }

  private func cannotWrite() -> Failure {
    Failure(.cannotWrite, "\(path): cannot be written: \(String(cString: strerror(errno)))")
  }
}

/// A folder a command was asked to write into.
enum OutputFolder {
  /// Makes the folder, and those above it; one that is there already is left as it is.
  static func make(_ path: String) throws {
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) {
      guard isFolder.boolValue else {
        throw Failure(.cannotWrite, "\(path): a file stands there; name a folder")
      }
      return
    }
    if parent(of: path) != path { try make(parent(of: path)) }
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else {
      throw Failure(
        .cannotWrite, "\(path): cannot create the folder: \(String(cString: strerror(errno)))")
    }
  }

  /// Refuses a folder that ``make(_:)`` could not make, or that nothing could be written into.
  static func check(_ path: String) throws {
    var (place, missing) = (path, nil as String?)
    var isFolder: ObjCBool = false
    while !FileManager.default.fileExists(atPath: place, isDirectory: &isFolder) {
      guard parent(of: place) != place else { return }
      missing = place
      place = parent(of: place)
    }
    guard isFolder.boolValue else {
      throw Failure(.cannotWrite, "\(place): a file stands there; name a folder")
    }
    guard access(place, W_OK | X_OK) == 0 else {
      let reason = String(cString: strerror(errno))
      throw Failure(
        .cannotWrite,
        missing.map { "\($0): cannot create the folder: \(reason)" }
          ?? "\(place): cannot be written: \(reason)")
    }
  }

  /// The folder that holds a path.
  static func parent(of path: String) -> String {
    let folder = path.parentPath
    return folder.isEmpty ? "." : folder
  }
}
