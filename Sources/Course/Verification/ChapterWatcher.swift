internal import Glibc

/// Waits until somebody saves a chapter.
///
/// Looks at files several times a second: no more than a `stat` a file, and the same on every file
/// system, those included that tell nobody of changes. What it compares with is what it told last, so a
/// save is told however long its reader was busy with the one before.
public actor ChapterWatcher {
  private static let pause = Duration.milliseconds(60)
  /// What a folder of chapters may hold that makes a page look different.
  private static let kinds = [
    ".md", ".yaml", ".yml", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg",
  ]

  private let paths: [String]
  private let folders: [String]
  private let exceptions: [String]
  private var told: [String: Stamp]

  /// What tells one version of a file from the next: a file renamed into its place has another inode,
  /// and one that was put back has another time of change.
  private struct Stamp: Equatable {
    let size: Int
    let inode: UInt
    let seconds: [Int]
    let nanoseconds: [Int]

    init(_ status: stat) {
      size = Int(status.st_size)
      inode = UInt(status.st_ino)
      seconds = [status.st_mtim.tv_sec, status.st_ctim.tv_sec]
      nanoseconds = [status.st_mtim.tv_nsec, status.st_ctim.tv_nsec]
    }
  }

  /// A watcher that knows the files as they are now: make it before they are read.
  ///
  /// - Parameters:
  ///   - paths: Files, and folders of chapters; of such a folder, Markdown, YAML and images count.
  ///   - folders: Folders of which everything counts but hidden files and an editor's own.
  ///   - exceptions: Folders inside these that are not looked into.
  public init(
    paths: [String], everythingIn folders: [String] = [], except exceptions: [String] = []
  ) {
    self.paths = paths
    self.folders = folders
    self.exceptions = exceptions
    told = Self.stamps(paths: paths, folders: folders, except: exceptions)
  }

  /// Waits for the next change, and then until the files are quiet.
  ///
  /// - Returns: The files that changed, came or went since the last call, or since the watcher was
  ///   made, in order.
  /// - Throws: `ExecutionError.cancelled` when the task is cancelled.
  public func nextChange() async throws(ExecutionError) -> [String] {
    var latest = told
    while true {
      let now = Self.stamps(paths: paths, folders: folders, except: exceptions)
      // A change is told once nothing has moved for one look: an editor may write in two strokes.
      if now == latest, now != told {
        let changed = Set(told.keys).union(now.keys).filter { told[$0] != now[$0] }
        told = now
        return changed.sorted()
      }
      latest = now
      do {
        try await Task.sleep(for: Self.pause)
      } catch {
        throw .cancelled
      }
    }
  }

  private static func stamps(
    paths: [String], folders: [String], except exceptions: [String]
  ) -> [String: Stamp] {
    let exceptions = Set(exceptions.map { Files.resolved($0) })
    var stamps: [String: Stamp] = [:]
    for path in paths {
      visit(path, except: exceptions, counting: { isOfKind($0) || $0 == path }, into: &stamps)
    }
    for folder in folders {
      visit(folder, except: exceptions, counting: { _ in true }, into: &stamps)
    }
    return stamps
  }

  private static func visit(
    _ path: String, except exceptions: Set<String>, counting: (String) -> Bool,
    into stamps: inout [String: Stamp]
  ) {
    var status = stat()
    guard stat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      if counting(path) { stamps[path] = Stamp(status) }
      return
    }
    if !exceptions.isEmpty, exceptions.contains(Files.resolved(path)) { return }
    for name in Files.names(in: path) where !isEditorsOwn(name) {
      let inner = "\(path)/\(name)"
      // A link to a folder above would lead round and round.
      if isLink(inner), Files.isFolder(inner) { continue }
      visit(inner, except: exceptions, counting: counting, into: &stamps)
    }
  }

  private static func isLink(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
  }

  private static func isOfKind(_ path: String) -> Bool {
    let lowercased = path.lowercased()
    return kinds.contains { lowercased.hasSuffix($0) }
  }

  /// Hidden files, backups, and the number that one editor tries a folder with.
  private static func isEditorsOwn(_ name: String) -> Bool {
    name.hasPrefix(".") || name.hasPrefix("#") || name.hasSuffix("~") || name == "4913"
  }
}
