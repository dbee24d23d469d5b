internal import CKernels

#if canImport(Glibc)
internal import Glibc
#endif

extension Files {
  /// Gives something that is whole the name it was made for.
  ///
  /// Where that name is in use, the two change places in one step, so that at no moment the name stands for
  /// nothing; what stood there is then at `path`. File systems that cannot do that are asked for two renames,
  /// what stood there going to `aside` first: whoever finds something there and nothing at the name puts it
  /// back (``putBack(_:from:)``).
  ///
  /// - Parameters:
  ///   - path: What is whole.
  ///   - name: Where it goes.
  ///   - replacing: Whether what is there may be replaced.
  ///   - aside: Where what is there goes if names cannot be exchanged; on the same file system.
  /// - Throws: `PipelineError.outputExists`, or `.cannotWrite` with everything as it was.
  static func place(
    _ path: String, at name: String, replacing: Bool, aside: String
  ) throws(PipelineError) {
    if kind(of: name) == .nothing {
      switch nibble_rename_to_free_name(path, name) {
      case 0: return syncFolder(holding: name)
      case EEXIST: break  // it has come just now
      case let code where isUnknown(code):
        if kind(of: name) == .nothing { return try move(path, to: name) }
      case let code: throw failure(name, code)
      }
    }
    guard replacing else { throw .outputExists(path: name) }
    switch nibble_exchange_names(path, name) {
    case 0: return syncFolder(holding: name)
    case ENOENT where kind(of: name) == .nothing: return try move(path, to: name)
    case let code where isUnknown(code): break
    case let code: throw failure(name, code)
    }
    try remove(aside)
    guard rename(name, aside) == 0 else { throw failure(name) }
    syncFolder(holding: aside)
    guard rename(path, name) == 0 else {
      let reason = failure(name)
      try putBack(name, from: aside)
      throw reason
    }
    syncFolder(holding: name)
  }

  /// Puts back what a replacement had set aside when it was stopped between its two renames.
  ///
  /// - Parameters:
  ///   - name: The name it had.
  ///   - aside: Where it may be.
  /// - Returns: Whether there was something to put back.
  /// - Throws: `PipelineError.cannotWrite`; it stays where it is then.
  @discardableResult
  static func putBack(_ name: String, from aside: String) throws(PipelineError) -> Bool {
    guard kind(of: aside) != .nothing, kind(of: name) == .nothing else { return false }
    try move(aside, to: name)
    return true
  }

  /// Whether an error means that renames with conditions are unknown here.
  private static func isUnknown(_ code: Int32) -> Bool {
    [ENOSYS, EINVAL, EOPNOTSUPP].contains(code)
  }
}
