internal import Digests
internal import Glibc

/// An archive read once, from its beginning to its end, and hashed as it is read.
///
/// So the digest is that of the very bytes that parts were taken from, whatever becomes of the file
/// meanwhile.
final class ArchiveStream {
  let path: String
  /// The file's length when it was opened.
  let length: Int
  /// How many bytes have been read.
  private(set) var offset = 0
  private let descriptor: Int32
  private let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
  private var hash = SHA256()

  init(_ path: String) throws(FetchError) {
    self.path = path
    length = Files.size(of: path) ?? 0
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .cannotRead(path: path, reason: Files.errorText(errno)) }
  }

  deinit {
    close(descriptor)
    room.deallocate()
  }

  /// How many bytes are left, to go by the file's length.
  var left: Int { max(0, length - offset) }

  /// Hands on what comes next, in pieces.
  ///
  /// - Parameters:
  ///   - count: How many bytes; 0 or more.
  ///   - take: Takes a piece.
  /// - Throws: `FetchError.badArchive` where the file ends before.
  func read(
    _ count: Int, _ take: (UnsafeRawBufferPointer) throws(FetchError) -> Void
  ) throws(FetchError) {
    var missing = count
    while missing > 0 {
      let piece = try piece(atMost: missing)
      guard !piece.isEmpty else { throw .badArchive(path: path, reason: "it ends early") }
      missing -= piece.count
      try take(piece)
    }
  }

  /// What comes next, in one piece; for short things.
  func bytes(_ count: Int) throws(FetchError) -> [UInt8] {
    var bytes: [UInt8] = []
    try read(count) { bytes += $0 }
    return bytes
  }

  /// The SHA-256 of the whole file, after reading the rest of it.
  func digest() throws(FetchError) -> String {
    while try !piece(atMost: .max).isEmpty {}
    return hash.finalized()
  }

  private func piece(atMost limit: Int) throws(FetchError) -> UnsafeRawBufferPointer {
    while true {
      let count = Glibc.read(descriptor, room.baseAddress, min(limit, room.count))
      if count >= 0 {
        let piece = UnsafeRawBufferPointer(rebasing: room[..<count])
        hash.update(piece)
        offset += count
        return piece
      }
      if errno != EINTR { throw .cannotRead(path: path, reason: Files.errorText(errno)) }
    }
  }
}
