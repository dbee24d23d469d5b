internal import Yams

/// Reads `sources.yaml`: a list of entries with `id`, `title`, `authors`, `year`, where to find them, and
/// how others cite them wrongly.
///
/// ids as keys of one mapping are read too.
struct BibliographyReader {
  /// The sources that could be read.
  private(set) var entries: [Source] = []
  /// What is wrong.
  private(set) var log: DiagnosticLog

  private static let keys = ["id", "title", "authors", "year", "venue", "url", "arxiv", "miscited"]

  /// The wrong citations of each entry, read once all entries are known.
  private var miscited: [String: Node] = [:]

  /// Reads the bytes of a bibliography.
  init(bytes: [UInt8], path: String) {
    log = DiagnosticLog(path: path)
    let source = SourceText(bytes: bytes)
    for problem in source.problems {
      log.error(problem.id, line: problem.line, problem.summary)
    }
    do {
      guard let root = try Yams.compose(yaml: source.text) else { return }
      read(root)
      addMiscitations()
    } catch {
      let problem = YAMLProblem(error, in: source.text)
      log.error("yaml", line: max(problem.line, 1), "not valid YAML: \(problem.summary)")
    }
  }

  private mutating func read(_ root: Node) {
    if let sequence = root.sequence {
      for node in sequence { read(node, id: nil, line: Self.line(of: node)) }
    } else if let mapping = root.mapping {
      for (key, value) in mapping {
        read(value, id: key.scalar?.string, line: Self.line(of: key))
      }
    } else if root.scalar?.string.isEmpty != true {
      log.error(
        "bibliography-type", line: Self.line(of: root),
        "the bibliography is a list of entries, each `- id: …` with `title: …`")
    }
  }

  private mutating func read(_ node: Node, id: String?, line: Int) {
    guard let mapping = node.mapping else {
      log.error(
        "bibliography-type", line: line, "an entry is a group of keys: `- id: …`, `title: …`")
      return
    }
    var texts: [String: String] = [:]
    var authors: [String] = []
    var miscited: Node?
    for (key, value) in mapping {
      let name = key.scalar?.string ?? ""
      let keyLine = Self.line(of: key)
      if name == "authors" {
        authors = names(value, line: keyLine)
      } else if name == "miscited" {
        miscited = value
      } else if !Self.keys.contains(name) {
        log.error(
          "unknown-key", line: keyLine,
          "unknown key \(name)\(NearestWords.question(name, among: Self.keys))",
          notes: ["known keys: \(Self.keys.joined(separator: ", "))"])
      } else if let text = value.scalar?.string {
        texts[name] = text
      } else {
        log.error("bibliography-type", line: keyLine, "\(name) is text, such as `\(name): …`")
      }
    }
    guard let added = add(texts, id: id, authors: authors, line: line) else { return }
    self.miscited[added] = miscited
  }

  /// Adds an entry, and says under which id.
  private mutating func add(
    _ texts: [String: String], id: String?, authors: [String], line: Int
  ) -> String? {
    guard let id = id ?? texts["id"], !id.isEmpty else {
      log.error("missing-id", line: line, "this entry has no id; add `id: frantar2022`")
      return nil
    }
    if let earlier = entries.first(where: { $0.id == id }) {
      log.error(
        "duplicate-source", line: line,
        "\(id) is already on line \(earlier.line); every id stands once")
      return nil
    }
    let title = texts["title"] ?? ""
    if title.isEmpty {
      log.error("missing-title", line: line, "\(id) has no title; add `title: …`")
    }
    let year = texts["year"].flatMap { Int($0) }
    if let written = texts["year"], year == nil {
      log.error("bibliography-type", line: line, "the year of \(id) is \(written), not a number")
    }
    entries.append(
      Source(
        id: id, title: title, authors: authors, year: year, venue: texts["venue"],
        url: texts["url"], arXiv: texts["arxiv"], line: line))
    return id
  }

  private mutating func addMiscitations() {
    guard !miscited.isEmpty else { return }
    var reader = MiscitationReader(bibliography: Bibliography(entries: entries), path: log.path)
    entries = entries.map { source in
      miscited[source.id].map { source.adding(reader.miscitations($0, of: source)) } ?? source
    }
    log.add(reader.log.all)
  }

  private mutating func names(_ value: Node, line: Int) -> [String] {
    guard let names = Self.names(value) else {
      log.error(
        "bibliography-type", line: line, "authors is a list, such as `authors: [Elias Frantar]`")
      return []
    }
    return names
  }

  /// One name or a list of names; nil where it is something else.
  static func names(_ value: Node) -> [String]? {
    if let one = value.scalar?.string { return one.isEmpty ? [] : [one] }
    guard let sequence = value.sequence, sequence.allSatisfy({ $0.scalar != nil }) else {
      return nil
    }
    return sequence.compactMap { $0.scalar?.string }
  }

  /// The line a node stands on, counted from 1.
  static func line(of node: Node) -> Int {
    max(node.mark?.line ?? 1, 1)
  }
}
