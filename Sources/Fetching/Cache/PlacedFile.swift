internal import Digests

/// A file in the cache, held against what was published.
enum PlacedFile: Equatable {
  /// Nothing stands there.
  case missing
  /// It is the published one.
  case verified
  /// It is another one; what is known of it, in words.
  case differs(found: String, expected: String)

  /// Looks at what stands at a path; reads all of it where its length is right.
  ///
  /// - Parameters:
  ///   - path: The path.
  ///   - identity: What was published.
  ///   - reading: Called before the file is read.
  /// - Throws: `FetchError.cannotRead`.
  init(
    at path: String, identity: FileIdentity, reading: () -> Void = {}
  ) throws(FetchError) {
    guard Files.exists(path) else {
      self = .missing
      return
    }
    guard let size = Files.size(of: path) else {
      self = .differs(found: "is not a file", expected: "is one of \(identity.bytes) bytes")
      return
    }
    guard size == identity.bytes else {
      self = .differs(found: "has \(size) bytes", expected: "\(identity.bytes)")
      return
    }
    reading()
    var hash = SHA256()
    try Files.read(path) { hash.update($0) }
    let found = hash.finalized()
    self =
      found == identity.sha256
      ? .verified : .differs(found: "has SHA-256 \(found)", expected: identity.sha256)
  }
}
