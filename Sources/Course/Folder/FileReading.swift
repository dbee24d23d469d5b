internal import FoundationEssentials

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

  /// Everything in a file.
  static func bytes(of path: String) throws(CourseError) -> [UInt8] {
    switch kind(of: path) {
    case .nothing: throw .missing(path: path)
    case .folder: throw .unreadable(path: path, reason: "it is a folder")
    case .file: break
    }
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
