/// Why something could not be fetched.
public enum FetchError: Error, Sendable, Hashable {
  /// What kind of failure it is.
  public enum Kind: Sendable, Hashable {
    /// The request makes no sense.
    case badRequest
    /// The host, or the file on it, could not be had.
    case unavailable
    /// What came, or what was placed, is not what was published.
    case badData
    /// The cache folder cannot be written.
    case cannotWrite
  }

  /// There is no such entry.
  case unknownName(String, known: [String])
  /// A mirror's address is not one.
  case badMirror(String)
  /// No connection was made.
  case unreachable(address: String, reason: String)
  /// The host answered with something else than the file.
  case refused(address: String, status: Int)
  /// The connection broke too often; what came is kept.
  case gaveUp(address: String, attempts: Int, reason: String, kept: Int, of: Int)
  /// The host has a file of another length there.
  case lengthDiffers(address: String, found: String, expected: Int)
  /// All of a file came, and it is not the one that was published; nothing of it was kept.
  case digestDiffers(address: String, found: String, expected: String)
  /// A file stands in the cache that is not the one that was published.
  case placedFileDiffers(path: String, found: String, expected: String)
  /// A folder stands in the cache that is not what was unpacked.
  case placedFolderDiffers(path: String, reason: String)
  /// An archive cannot be unpacked.
  case badArchive(path: String, reason: String)
  /// A file in the cache cannot be read.
  case cannotRead(path: String, reason: String)
  /// A file or a folder in the cache cannot be written.
  case cannotWrite(path: String, reason: String)
  /// The disk has less room than the rest of an entry needs, both in bytes.
  case noRoom(path: String, needed: Int, free: Int)

  /// What kind of failure it is.
  public var kind: Kind {
    switch self {
    case .unknownName, .badMirror: .badRequest
    case .unreachable, .refused, .gaveUp: .unavailable
    case .lengthDiffers, .digestDiffers, .placedFileDiffers, .placedFolderDiffers, .badArchive,
      .cannotRead:
      .badData
    case .cannotWrite, .noRoom: .cannotWrite
    }
  }

  /// Whether placing the files by hand would help: the network is at fault, or what it brought.
  public var callsForPlacing: Bool {
    switch self {
    case .unreachable, .refused, .gaveUp, .lengthDiffers, .digestDiffers: true
    default: false
    }
  }
}
