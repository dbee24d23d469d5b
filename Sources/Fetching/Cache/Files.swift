internal import Foundation
internal import Glibc

/// The few things fetching does with files, with errors that say which file.
enum Files {
  /// The length of a regular file; nil where there is none.
  static func size(of path: String) -> Int? {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(status.st_size)
  }

  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Makes a folder and those above it.
  static func makeFolder(_ path: String) throws(FetchError) {
    var status = stat()
    if stat(path, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFDIR else {
        throw .cannotWrite(path: path, reason: "a file stands where a folder is needed")
      }
      return
    }
    let parent = parent(of: path)
    if parent != path { try makeFolder(parent) }
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else {
      throw .cannotWrite(path: path, reason: errorText(errno))
    }
  }

  static func remove(_ path: String) { unlink(path) }

  /// Removes a folder with all that is in it, or whatever else stands there; of a link, the link.
  static func removeTree(_ path: String) { try? FileManager.default.removeItem(atPath: path) }

  /// Gives a file its final name.
  static func rename(_ path: String, to final: String) throws(FetchError) {
    guard Glibc.rename(path, final) == 0 else {
      throw .cannotWrite(path: final, reason: errorText(errno))
    }
  }

  /// Bytes that whoever runs this may still write to the disk that holds a folder.
  static func room(at folder: String) -> Int? {
    var status = statvfs()
    guard statvfs(folder, &status) == 0 else { return nil }
    let (bytes, overflows) = Int(clamping: status.f_bavail)
      .multipliedReportingOverflow(by: Int(clamping: status.f_frsize))
    return overflows ? .max : bytes
  }

  /// All bytes of a file, handed on in pieces.
  static func read(
    _ path: String, _ take: (UnsafeRawBufferPointer) throws(FetchError) -> Void
  ) throws(FetchError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .cannotRead(path: path, reason: errorText(errno)) }
    defer { close(descriptor) }
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { room.deallocate() }
    while true {
      let count = Glibc.read(descriptor, room.baseAddress, room.count)
      if count == 0 { return }
      if count < 0 {
        if errno == EINTR { continue }
        throw .cannotRead(path: path, reason: errorText(errno))
      }
      try take(UnsafeRawBufferPointer(rebasing: room[..<count]))
    }
  }

  /// Writes all of some bytes.
  static func write(
    _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, path: String
  ) throws(FetchError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = Glibc.write(
        descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR {
        throw .cannotWrite(path: path, reason: errorText(errno))
      }
    }
  }

  static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// What the system says of an error number.
  static func errorText(_ code: Int32) -> String { String(cString: strerror(code)) }
}
