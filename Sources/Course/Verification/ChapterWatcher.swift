/// Waits until somebody saves a chapter.
///
/// Looks at sizes and times a few times a second: no more than a `stat` a file, and the same on every
/// file system, network ones included.
public struct ChapterWatcher: Sendable {
  private static let pause = Duration.milliseconds(200)

  private let paths: [String]

  /// A watcher of files and folders; a folder stands for the Markdown files in it.
  ///
  /// - Parameter paths: What to watch.
  public init(paths: [String]) {
    self.paths = paths
  }

  /// Waits for the next change, and then until the files are quiet.
  ///
  /// - Returns: The files that changed, came or went, in order.
  /// - Throws: `ExecutionError.cancelled` when the task is cancelled.
  public func nextChange() async throws(ExecutionError) -> [String] {
    let before = stamps()
    var latest = before
    while true {
      do {
        try await Task.sleep(for: Self.pause)
      } catch {
        throw .cancelled
      }
      let now = stamps()
      // A change is told once nothing has moved for one look: an editor may write in two strokes.
      if now == latest, now != before {
        return Set(before.keys).union(now.keys).filter { before[$0] != now[$0] }.sorted()
      }
      latest = now
    }
  }

  private func stamps() -> [String: String] {
    var stamps: [String: String] = [:]
    for path in paths {
      let files = Files.isFolder(path) ? Self.chapters(in: path) : [path]
      for file in files { stamps[file] = Files.stamp(of: file) }
    }
    return stamps
  }

  private static func chapters(in folder: String) -> [String] {
    Files.names(in: folder).flatMap { name in
      let path = "\(folder)/\(name)"
      if name.hasSuffix(".md") || name.hasSuffix(".yaml") { return [path] }
      return Files.isFolder(path) && !name.hasPrefix(".") ? chapters(in: path) : []
    }
  }
}
