internal import Yams

/// Reads the YAML between the two `---` lines at the top of a chapter.
struct FrontMatterReader {
  /// What the chapter says of itself, as far as it could be read.
  private(set) var frontMatter = FrontMatter()
  /// The first line of the body, counted from 1.
  private(set) var bodyLine = 1
  /// There is front matter, closed or not.
  private(set) var isPresent = false
  /// The line of each item of `needs` and `sources`.
  private(set) var itemLines: [String: [Int]] = [:]
  /// What is wrong.
  private(set) var log: DiagnosticLog

  /// The keys a chapter may set.
  static let keys = ["title", "part", "question", "minutes", "needs", "sources", "numbers"]

  private var firstLine = 1
  private var seen: Set<String> = []
  private var isReadable = true

  /// Reads the front matter of a chapter.
  init(_ source: SourceText, path: String) {
    log = DiagnosticLog(path: path)
    let lines = source.lines
    guard let opening = lines.firstIndex(where: { !Self.isBlank($0) }), Self.isFence(lines[opening])
    else { return }
    let closing = lines[(opening + 1)...].firstIndex(where: Self.isFence)
    if opening > 0 {
      // A rule after blank lines is a rule, unless keys follow it up to another one.
      guard closing != nil, opening + 1 < lines.count, Self.looksLikeKey(lines[opening + 1]) else {
        return
      }
      log.warning(
        "front-matter-not-first", line: opening + 1,
        "front matter begins on the first line of a file; remove the blank lines before it")
    }
    isPresent = true
    var end = closing ?? lines.count
    bodyLine = (closing ?? lines.count) + 2
    if closing == nil {
      end = lines[(opening + 1)...].firstIndex(where: Self.isBlank) ?? lines.count
      bodyLine = end + 1
      log.error(
        "unterminated-front-matter", line: opening + 1,
        "the front matter is not closed; put a line `---` after its last key")
    }
    firstLine = opening + 2
    read(lines[(opening + 1)..<max(opening + 1, end)].joined(separator: "\n") + "\n")
    if isReadable, !seen.contains("title") {
      log.error(
        "missing-title", line: opening + 1,
        "the front matter has no title; add a line such as `title: Scale and zero point`")
    }
  }

  private mutating func read(_ yaml: String) {
    let root: Node?
    do {
      root = try Yams.compose(yaml: yaml)
    } catch {
      isReadable = false
      let problem = YAMLProblem(error, in: yaml)
      log.error(
        "yaml", line: firstLine - 1 + max(problem.line, 1),
        "the front matter is not valid YAML: \(problem.summary)")
      return
    }
    guard let root else { return }
    guard let mapping = root.mapping else {
      isReadable = false
      log.error(
        "front-matter-type", line: line(of: root),
        "the front matter is a list of keys, such as `title: Scale and zero point`")
      return
    }
    for (key, value) in mapping {
      guard let name = key.scalar?.string else {
        log.error("front-matter-key", line: line(of: key), "a front matter key is one word")
        continue
      }
      read(name, value, line: line(of: key))
    }
  }

  private mutating func read(_ key: String, _ value: Node, line: Int) {
    seen.insert(key)
    switch key {
    case "title":
      frontMatter.title = words(value, key, line: line)
      if frontMatter.title.isEmpty, value.scalar != nil {
        log.error("missing-title", line: line, "the title is empty")
      }
    case "part": frontMatter.part = words(value, key, line: line)
    case "question": frontMatter.question = words(value, key, line: line)
    case "minutes":
      if let minutes = value.scalar.flatMap({ Int($0.string) }), (0...10_000).contains(minutes) {
        frontMatter.minutes = minutes
      } else {
        log.error(
          "front-matter-type", line: line,
          "minutes is a whole number of minutes, such as `minutes: 20`")
      }
    case "needs": frontMatter.needs = items(value, key, example: "[01-grid]", line: line)
    case "sources": frontMatter.sources = items(value, key, example: "[jacob2018]", line: line)
    case "numbers": frontMatter.numbers = items(value, key, example: "[-2.4, 3.6]", line: line)
    default:
      log.error(
        "unknown-key", line: line,
        "unknown front matter key \(key)\(NearestWords.question(key, among: Self.keys))",
        notes: ["known keys: \(Self.keys.joined(separator: ", "))"])
    }
  }

  private mutating func words(_ value: Node, _ key: String, line: Int) -> String {
    guard let scalar = value.scalar else {
      log.error("front-matter-type", line: line, "\(key) is text, such as `\(key): The grid`")
      return ""
    }
    return scalar.string == "~" ? "" : Self.trimmed(scalar.string)
  }

  private mutating func items(
    _ value: Node, _ key: String, example: String, line: Int
  ) -> [String] {
    if let scalar = value.scalar, scalar.string.isEmpty { return [] }
    guard let sequence = value.sequence, sequence.allSatisfy({ $0.scalar != nil }) else {
      log.error(
        "front-matter-type", line: line, "\(key) is a list, such as `\(key): \(example)`")
      return []
    }
    itemLines[key] = sequence.map { self.line(of: $0) }
    return sequence.compactMap { $0.scalar?.string }
  }

  private func line(of node: Node) -> Int {
    firstLine - 1 + max(node.mark?.line ?? 1, 1)
  }

  private static func isFence(_ line: Substring) -> Bool {
    line.hasPrefix("---") && line.dropFirst(3).allSatisfy { $0 == " " || $0 == "\t" }
  }

  private static func isBlank(_ line: Substring) -> Bool {
    line.allSatisfy(\.isWhitespace)
  }

  private static func looksLikeKey(_ line: Substring) -> Bool {
    guard let colon = line.firstIndex(of: ":"), colon != line.startIndex else { return false }
    return line[..<colon].allSatisfy { $0.isLetter || $0 == "-" || $0 == "_" }
  }

  private static func trimmed(_ text: String) -> String {
    let start = text.drop(while: \.isWhitespace)
    guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(start[...last])
  }
}
