internal import Digests
internal import Glibc

/// What has come of a file so far, beside its final name with `.part` after it.
///
/// Bytes are only ever added at the end, so that whatever ends a run leaves a beginning of the file.
/// Beside it, in `.part.from`, stands which address it came from and what the host called that version.
///
/// One thread uses it at a time: the one that fetches, or the session's while that one waits.
final class PartialFile: @unchecked Sendable {
  let path: String
  private let final: String
  private let descriptor: Int32
  private var hash = SHA256()
  /// How many bytes have come.
  private(set) var length = 0
  /// Which version of the file they are of, where the host says so.
  private(set) var source: PartialSource?

  /// Opens what an earlier run left, or begins.
  ///
  /// - Parameters:
  ///   - final: The file's final name.
  ///   - limit: The file's length; more than that is no beginning of it.
  ///   - reading: Called before what is there is read.
  /// - Throws: `FetchError` where it cannot be opened or read.
  init(of final: String, limit: Int, reading: () -> Void = {}) throws(FetchError) {
    self.final = final
    path = final + ".part"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .cannotWrite(path: path, reason: Files.errorText(errno)) }
    let size = Files.size(of: path) ?? 0
    if size > limit {
      try restart()
    } else if size > 0 {
      reading()
      var hash = SHA256()
      try Files.read(path) { hash.update($0) }
      self.hash = hash
      length = size
      source = PartialSource.read(from: notePath)
      guard lseek(descriptor, 0, SEEK_END) == size else {
        throw .cannotWrite(path: path, reason: Files.errorText(errno))
      }
    }
  }

  deinit { close(descriptor) }

  /// The SHA-256 of what has come.
  var digest: String { hash.finalized() }

  /// Adds what comes next.
  func append(_ bytes: UnsafeRawBufferPointer) throws(FetchError) {
    try Files.write(bytes, to: descriptor, path: path)
    hash.update(bytes)
    length += bytes.count
  }

  /// Says where what follows comes from.
  func note(_ source: PartialSource) {
    if source == self.source { return }
    self.source = source
    // Without it a later run cannot ask for the same version, and the digest still decides.
    source.write(to: notePath)
  }

  /// Forgets everything.
  func restart() throws(FetchError) {
    hash = SHA256()
    length = 0
    source = nil
    Files.remove(notePath)
    // A device takes no shortening, and has nothing to shorten.
    guard ftruncate(descriptor, 0) == 0 || errno == EINVAL, lseek(descriptor, 0, SEEK_SET) >= 0
    else { throw .cannotWrite(path: path, reason: Files.errorText(errno)) }
  }

  /// Removes it from the disk.
  func discard() {
    Files.remove(path)
    Files.remove(notePath)
  }

  /// Gives it its final name, once all of it is on the disk.
  func place() throws(FetchError) {
    guard fsync(descriptor) == 0 else {
      throw .cannotWrite(path: path, reason: Files.errorText(errno))
    }
    try Files.rename(path, to: final)
    Files.remove(notePath)
  }

  private var notePath: String { path + ".from" }
}
