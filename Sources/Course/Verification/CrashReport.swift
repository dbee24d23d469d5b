/// What the Swift runtime said of a crash, in a few words and a line.
struct CrashReport: Hashable, Codable, Sendable {
  /// Why it crashed: `Index out of range`, `arithmetic overflow`.
  var text: String
  /// The description of the error that left the top level, when that is why.
  var uncaught: String?
  /// The chapter line of the topmost frame that lies in the chapter.
  var line: Int?
  /// An allocation failed.
  var isOutOfMemory: Bool

  /// The depth beyond which a crash on a bad pointer is a stack that ran out: eight megabytes hold
  /// more frames than this only when they are small, and no chapter nests so deep on purpose.
  private static let endlessDepth = 2000

  /// Reads standard error of a program that a signal ended.
  ///
  /// - Parameters:
  ///   - errors: What it wrote, the runtime's backtrace included.
  ///   - path: The chapter's path, as the program's lines are named.
  ///   - signal: The signal that ended it.
  init(errors: String, path: String, signal: Int) {
    let lines = errors.split(separator: "\n")
    line = Self.line(in: lines, path: ErrorOwners.name(of: path))
    uncaught = nil
    isOutOfMemory = false
    if let fatal = lines.last(where: { Self.words(of: $0) != nil }).flatMap(Self.words(of:)) {
      text = fatal
      let topLevel = "Error raised at top level: "
      if let range = fatal.firstRange(of: topLevel) {
        uncaught = Self.withoutModule(String(fatal[range.upperBound...]))
      }
      isOutOfMemory = fatal.contains("failed to allocate")
    } else if let failure = Self.headline(in: lines, after: "Swift runtime failure: ") {
      text = failure
    } else if signal == 11 || signal == 7, Self.depth(in: lines) > Self.endlessDepth {
      text = "stack overflow: calls nested more than \(Self.endlessDepth) deep"
    } else if let crash = Self.headline(in: lines, after: "Program crashed: ") {
      text = crash.firstRange(of: " at 0x").map { String(crash[..<$0.lowerBound]) } ?? crash
    } else {
      text = "signal \(signal)"
    }
  }

  /// The words behind `Fatal error: ` and its like, or nil for any other line.
  private static func words(of line: Substring) -> String? {
    for kind in ["Fatal error", "Precondition failed", "Assertion failed"] {
      guard let range = line.firstRange(of: kind) else { continue }
      let isAtStart = range.lowerBound == line.startIndex
      guard isAtStart || line[..<range.lowerBound].hasSuffix(": ") else { continue }
      let rest = line[range.upperBound...]
      if rest.hasPrefix(": ") { return String(rest.dropFirst(2)) }
      if rest.isEmpty { return kind }
    }
    return nil
  }

  private static func headline(in lines: [Substring], after words: String) -> String? {
    for line in lines where line.hasPrefix("*** ") && line.hasSuffix(" ***") {
      if let range = line.firstRange(of: words) {
        return String(line[range.upperBound...].dropLast(4))
      }
    }
    return nil
  }

  /// The number of the deepest frame shown: frames are numbered from the top.
  private static func depth(in lines: [Substring]) -> Int {
    lines.compactMap { line in
      line.split(separator: " ").first.flatMap { Int($0) }
    }.max() ?? 0
  }

  private static func line(in lines: [Substring], path: String) -> Int? {
    guard let start = lines.firstIndex(where: { $0.hasPrefix("Thread ") && $0.contains("crashed") })
    else { return nil }
    for frame in lines[start...] {
      guard let place = frame.firstRange(of: " at ").map({ frame[$0.upperBound...] }) else {
        continue
      }
      let parts = place.split(separator: ":", omittingEmptySubsequences: false)
      guard parts.count >= 3, let number = Int(parts[parts.count - 2]) else { continue }
      let file = parts.dropLast(2).joined(separator: ":")
      if isChapter(file, path) { return number }
    }
    return nil
  }

  /// Whether a frame's file is the chapter, or a variant of it.
  ///
  /// A path comes back relative to the folder the program runs in, or under the one it was compiled in.
  private static func isChapter(_ file: String, _ path: String) -> Bool {
    let names = [file] + (file.lastIndex(of: "#").map { [String(file[..<$0])] } ?? [])
    return names.contains { name in
      name == path || name.hasSuffix("/" + path) || path.hasSuffix("/" + name)
    }
  }

  private static func withoutModule(_ text: String) -> String {
    for module in [ChapterCompiler.moduleName, ChapterCompiler.stepModuleName]
    where text.hasPrefix(module + ".") {
      return String(text.dropFirst(module.count + 1))
    }
    return text
  }
}
