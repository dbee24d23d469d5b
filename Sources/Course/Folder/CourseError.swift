/// What can be wrong with a folder of chapters, or with naming one.
public enum CourseError: Error, Hashable, Sendable, CustomStringConvertible {
  /// There is nothing at this path.
  case missing(path: String)
  /// There is something else than a folder at this path.
  case notAFolder(path: String)
  /// The system refused to read it, and why.
  case unreadable(path: String, reason: String)
  /// The folder holds no chapter.
  case noChapters(path: String)
  /// No chapter has this id, number or path; the nearest ids.
  case unknownChapter(name: String, folder: String, near: [String])
  /// More than one chapter has this number.
  case ambiguousChapter(name: String, ids: [String])

  /// What, where, and what to do.
  public var description: String {
    switch self {
    case .missing(let path):
      "\(path): no such file or folder; name the folder of chapters with --chapters"
    case .notAFolder(let path): "\(path): not a folder; name the folder that holds the chapters"
    case .unreadable(let path, let reason): "\(path): cannot be read: \(reason)"
    case .noChapters(let path):
      "\(path): no chapters here; a chapter is a file such as 01-first.md"
    case .unknownChapter(let name, let folder, let near):
      "there is no chapter \(name) in \(folder)"
        + (near.isEmpty ? "" : "; did you mean \(near.joined(separator: " or "))?")
    case .ambiguousChapter(let name, let ids):
      "\(name) is the number of \(ids.joined(separator: " and of ")); say which by its id"
    }
  }
}
