internal import Glibc

/// One run at a time in a folder: a lock that ends with the process, however it ends.
///
/// The file stays, since removing it could take the lock from under a run that waits.
final class FolderLock {
  private let descriptor: Int32

  /// Takes the lock, after whoever has it.
  ///
  /// - Parameters:
  ///   - folder: The folder.
  ///   - waiting: Called before waiting for another run.
  /// - Throws: `FetchError.cannotWrite` where the folder takes no lock.
  init(_ folder: String, waiting: () -> Void) throws(FetchError) {
    let path = folder + "/.fetching"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .cannotWrite(path: path, reason: Files.errorText(errno)) }
    if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return }
    if errno == EWOULDBLOCK { waiting() }
    while flock(descriptor, LOCK_EX) != 0 {
      if errno == EINTR { continue }
      let reason = Files.errorText(errno)
      close(descriptor)
      throw .cannotWrite(path: path, reason: "cannot be locked: \(reason)")
    }
  }

  deinit { close(descriptor) }
}
