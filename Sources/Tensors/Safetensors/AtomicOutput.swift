internal import Glibc

/// A file that appears under its name only when all of it has been written.
///
/// Until then it has a temporary name in the same folder; if it is never committed, it is removed.
final class AtomicOutput {
  /// The name it is to have.
  let path: String
  private let temporaryPath: String
  private let replacing: Bool
  private var descriptor: Int32
  private var isCommitted = false

  /// Creates the temporary file.
  init(path: String, replacing: Bool) throws(SafetensorsError) {
    self.path = path
    self.replacing = replacing
    var status = stat()
    if stat(path, &status) == 0 {
      // A rename would put a plain file in the place of a folder, a pipe or a device.
      guard status.st_mode & S_IFMT == S_IFREG else {
        throw .cannotWrite(path: path, reason: "something that is not a file is in the way")
      }
      guard replacing else { throw .outputExists(path: path) }
    }
    var generator = SystemRandomNumberGenerator()
    let folder = path.lastIndex(of: "/").map { path[...$0] } ?? ""
    let base = path[(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex)...]
    let suffix = String(generator.next(), radix: 36)
    temporaryPath = "\(folder).\(base.prefix(64)).\(suffix).partial"
    descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .cannotWrite(path: path, reason: errorText(errno)) }
  }

  /// Appends an array's bytes.
  func write(_ bytes: [UInt8]) throws(SafetensorsError) {
    try bytes.withRawBytes { (raw: UnsafeRawBufferPointer) throws(SafetensorsError) in
      try write(raw)
    }
  }

  /// Appends bytes, however many calls the system needs for them.
  func write(_ bytes: UnsafeRawBufferPointer) throws(SafetensorsError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      // Linux writes at most 2 GiB at once.
      let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30))
      let written = Glibc.write(descriptor, piece.baseAddress, piece.count)
      if written < 0 {
        if errno == EINTR { continue }
        throw .cannotWrite(path: path, reason: errorText(errno))
      }
      rest = rest.dropFirst(written)
    }
  }

  /// Ends the writing; the file has no name yet.
  func finish(durable: Bool) throws(SafetensorsError) {
    guard descriptor >= 0 else { return }
    if durable, fsync(descriptor) != 0 {
      throw .cannotWrite(path: path, reason: errorText(errno))
    }
    let closed = close(descriptor)
    descriptor = -1
    guard closed == 0 else { throw .cannotWrite(path: path, reason: errorText(errno)) }
  }

  /// Gives the file its name.
  func commit(durable: Bool) throws(SafetensorsError) {
    try finish(durable: durable)
    if replacing {
      guard rename(temporaryPath, path) == 0 else {
        throw .cannotWrite(path: path, reason: errorText(errno))
      }
    } else {
      try renameWithoutReplacing()
    }
    isCommitted = true
    if durable { syncFolder() }
  }

  /// Fails where a file has appeared under the name since the writing began.
  ///
  /// A second hard link cannot take a name that is in use, and a rename would.
  private func renameWithoutReplacing() throws(SafetensorsError) {
    if link(temporaryPath, path) == 0 {
      unlink(temporaryPath)
      return
    }
    let code = errno
    if code == EEXIST { throw .outputExists(path: path) }
    // Some file systems have no hard links.
    guard code == EPERM || code == EOPNOTSUPP || code == ENOSYS,
      rename(temporaryPath, path) == 0
    else { throw .cannotWrite(path: path, reason: errorText(code)) }
  }

  /// Makes the new name itself outlive a power cut.
  private func syncFolder() {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    let folderDescriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folderDescriptor >= 0 else { return }
    fsync(folderDescriptor)
    close(folderDescriptor)
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    if !isCommitted { unlink(temporaryPath) }
  }
}
