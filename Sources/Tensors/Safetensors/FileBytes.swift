internal import Glibc

#if _endian(big)
#error("safetensors files are little-endian, and are read and written here as memory holds them")
#endif

/// The bytes of a whole file, mapped into memory, or of an array.
///
/// The file's size is taken once, when it is opened. If another process then shortens the file,
/// touching the lost pages ends this process with SIGBUS: no program that maps files can prevent
/// that, so write new files beside old ones and rename, as ``SafetensorsWriter`` does.
///
/// Sendable although it holds a pointer: the memory is never written after `init` and lives as long
/// as this object.
final class FileBytes: @unchecked Sendable {
  let bytes: UnsafeRawBufferPointer
  private let isMapped: Bool

  /// Maps a file.
  init(path: String) throws(SafetensorsError) {
    // Without waiting, so that a pipe nobody writes to is refused and not waited for.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      let code = errno
      if code == ENOENT || code == ENOTDIR { throw .noSuchFile(path: path) }
      throw .cannotRead(path: path, reason: errorText(code))
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw .cannotRead(path: path, reason: errorText(errno))
    }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notARegularFile(path: path) }
    let size = Int(status.st_size)
    guard size > 0 else {  // nothing to map, and mapping nothing is an error
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      isMapped = false
      return
    }
    let address = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let address, address != MAP_FAILED else {
      throw .cannotRead(path: path, reason: errorText(errno))
    }
    bytes = UnsafeRawBufferPointer(start: address, count: size)
    isMapped = true
  }

  /// Copies an array's bytes.
  init(_ contents: [UInt8]) {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: contents.count, alignment: 64)
    copy.copyBytes(from: contents)
    bytes = UnsafeRawBufferPointer(copy)
    isMapped = false
  }

  /// Lends the bytes, which stay where they are until `body` returns.
  func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(self) {} }
    return try body(bytes)
  }

  deinit {
    if isMapped {
      munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
    } else {
      bytes.deallocate()
    }
  }
}

/// The system's words for an error number.
func errorText(_ code: Int32) -> String {
  var buffer = [CChar](repeating: 0, count: 256)
  guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
  let text = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
  return String(decoding: text, as: UTF8.self)
}

extension Array {
  /// Lends the elements' bytes, passing on the type of what the body throws.
  func withRawBytes<Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    try withUnsafeBufferPointer { (buffer: UnsafeBufferPointer<Element>) throws(Failure) in
      try body(UnsafeRawBufferPointer(buffer))
    }
  }
}
