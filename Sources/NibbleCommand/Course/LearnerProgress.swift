import Foundation

/// How far the learner got, chapter by chapter: a small JSON file in the learner's own folder.
///
/// It lives in `$NIBBLE_HOME`, else `$XDG_STATE_HOME/nibble`, else `~/.local/state/nibble`. Losing it
/// loses a bookmark and nothing else, so a file that cannot be read counts as empty.
enum LearnerProgress {
  /// One chapter's bookmark.
  struct Bookmark: Codable {
    /// The steps seen so far, counted from the start.
    var seen: Int
    /// How many steps the chapter had.
    var of: Int
  }

  /// The share of a chapter's steps seen, 0 to 1.
  static func fraction(ofChapter path: String) -> Double {
    guard let bookmark = bookmark(forChapter: path), bookmark.of > 0 else { return 0 }
    return min(1, Double(bookmark.seen) / Double(bookmark.of))
  }

  /// How far the learner got in a chapter.
  private static func bookmark(forChapter path: String) -> Bookmark? {
    read()[key(path)]
  }

  /// Remembers where the learner stopped.
  ///
  /// The furthest place counts as seen.
  static func store(_ bookmark: Bookmark, forChapter path: String) throws {
    var all = read()
    var kept = bookmark
    if let before = all[key(path)], before.of == bookmark.of {
      kept.seen = max(kept.seen, before.seen)
    }
    all[key(path)] = kept
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let data = try encoder.encode(all)
    try Interrupts.uninterrupted {
      try data.write(to: URL(fileURLWithPath: file), options: .atomic)
    }
  }

  private static var folder: String {
    let environment = ProcessInfo.processInfo.environment
    if let home = environment["NIBBLE_HOME"], !home.isEmpty { return home }
    if let state = environment["XDG_STATE_HOME"], !state.isEmpty { return state + "/nibble" }
    return NSHomeDirectory() + "/.local/state/nibble"
  }

  private static var file: String { folder + "/progress.json" }

  /// A chapter is known by its absolute path, so that two courses do not share bookmarks.
  private static func key(_ path: String) -> String {
    URL(fileURLWithPath: path).standardizedFileURL.path
  }

  private static func read() -> [String: Bookmark] {
    guard let data = FileManager.default.contents(atPath: file) else { return [:] }
    return (try? JSONDecoder().decode([String: Bookmark].self, from: data)) ?? [:]
  }
}
