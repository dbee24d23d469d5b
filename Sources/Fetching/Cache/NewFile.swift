internal import Digests
internal import Glibc

/// A file that is not there yet, in a folder that nobody else looks into.
final class NewFile {
  private let path: String
  private let descriptor: Int32
  private var hash = SHA256()
  private var length = 0

  init(_ path: String) throws(FetchError) {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .cannotWrite(path: path, reason: Files.errorText(errno)) }
  }

  deinit { close(descriptor) }

  /// Adds what comes next.
  func append(_ bytes: UnsafeRawBufferPointer) throws(FetchError) {
    try Files.write(bytes, to: descriptor, path: path)
    hash.update(bytes)
    length += bytes.count
  }

  /// What it is known by, once all of it is on the disk.
  @discardableResult
  func finish() throws(FetchError) -> FileIdentity {
    guard fsync(descriptor) == 0 else {
      throw .cannotWrite(path: path, reason: Files.errorText(errno))
    }
    return FileIdentity(bytes: length, sha256: hash.finalized())
  }
}
