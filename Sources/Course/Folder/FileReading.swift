internal import FoundationEssentials
internal import Glibc

/// The few questions about files that a course asks.
enum FileReading {
  /// What stands at a path.
  enum Kind {
    case file, folder, nothing
  }

  /// What stands at a path; a link is what it leads to.
  static func kind(of path: String) -> Kind {
    var isFolder = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      return .nothing
    }
    return isFolder ? .folder : .file
  }

  /// Why nothing can be read there; nil where a file is that opens.
  static func obstacle(at path: String) -> String? {
    var status = stat()
    guard stat(path, &status) == 0 else {
      return lstat(path, &status) == 0 ? "it is a link that leads nowhere" : "there is no such file"
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return access(path, R_OK) == 0 ? nil : "permission denied"
    case S_IFDIR: return "it is a folder"
    // A pipe or a device may never end.
    default: return "it is no regular file"
    }
  }

  /// Everything in a file.
  static func bytes(of path: String) throws(CourseError) -> [UInt8] {
    if kind(of: path) == .nothing { throw .missing(path: path) }
    if let reason = obstacle(at: path) { throw .unreadable(path: path, reason: reason) }
    do {
      return [UInt8](try Data(contentsOf: URL(filePath: path)))
    } catch {
      throw .unreadable(path: path, reason: reason(error))
    }
  }

  /// The names in a folder, sorted.
  static func names(in folder: String) throws(CourseError) -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    } catch {
      throw .unreadable(path: folder, reason: reason(error))
    }
  }

  /// A path from the root, without `.` and `..`, links followed.
  static func resolved(_ path: String) -> String {
    URL(filePath: path).standardizedFileURL.resolvingSymlinksInPath().path(percentEncoded: false)
  }

  private static func reason(_ error: any Error) -> String {
    guard let error = error as? CocoaError else { return "\(error)" }
    return error.code == .fileReadNoPermission
      ? "permission denied" : "the system could not read it (\(error.code.rawValue))"
  }
}
