internal import Yams

/// Reads the `miscited:` list of an entry: who cites it wrongly, how, and what is true.
///
/// `claim`, `correct` and `actually` are a line of Markdown, in which `[@id]` cites.
struct MiscitationReader {
  /// Every entry there is.
  let bibliography: Bibliography
  /// What is wrong.
  private(set) var log: DiagnosticLog

  private static let keys = ["by", "claim", "as", "actually", "correct"]
  private static let citedKeys = ["authors", "year", "arxiv", "after"]

  /// A reader that looks ids up in a bibliography.
  ///
  /// - Parameters:
  ///   - bibliography: Every entry, still without wrong citations.
  ///   - path: The file as messages name it.
  init(bibliography: Bibliography, path: String) {
    self.bibliography = bibliography
    log = DiagnosticLog(path: path)
  }

  /// The wrong citations in a list.
  mutating func miscitations(_ node: Node, of source: Source) -> [Miscitation] {
    guard let sequence = node.sequence else {
      log.error(
        "bibliography-type", line: BibliographyReader.line(of: node),
        "miscited is a list, each `- by: …` with `claim: …` and `correct: …`")
      return []
    }
    return sequence.compactMap { miscitation($0, of: source) }
  }

  private mutating func miscitation(_ node: Node, of source: Source) -> Miscitation? {
    let line = BibliographyReader.line(of: node)
    guard let mapping = node.mapping else {
      log.error(
        "bibliography-type", line: line,
        "a wrong citation is a group of keys: `- by: …`, `claim: …`, `correct: …`")
      return nil
    }
    var texts: [String: (text: String, line: Int)] = [:]
    var cited = Miscitation.Cited()
    for (key, value) in mapping {
      let name = key.scalar?.string ?? ""
      let keyLine = BibliographyReader.line(of: key)
      if name == "as" {
        cited = self.cited(value, line: keyLine)
      } else if !Self.keys.contains(name) {
        reportKey(name, line: keyLine, known: Self.keys)
      } else if let text = value.scalar?.string, !text.isEmpty {
        texts[name] = (text, keyLine)
      } else {
        log.error("bibliography-type", line: keyLine, "\(name) is text, such as `\(name): …`")
      }
    }
    let missing = ["by", "claim", "correct"].filter { texts[$0] == nil && !has($0, in: mapping) }
    for key in missing {
      log.error(
        "incomplete-miscitation", line: line,
        "this wrong citation of \(source.id) has no \(key); add `\(key): …`")
    }
    guard let by = texts["by"] else { return nil }
    check(by.text, line: by.line)
    return Miscitation(
      by: by.text, claim: inlines(texts["claim"]), correct: inlines(texts["correct"]),
      actually: inlines(texts["actually"]), cited: cited, line: line)
  }

  private func has(_ key: String, in mapping: Node.Mapping) -> Bool {
    mapping.contains { $0.key.scalar?.string == key }
  }

  private mutating func cited(_ node: Node, line: Int) -> Miscitation.Cited {
    var cited = Miscitation.Cited()
    guard let mapping = node.mapping else {
      log.error(
        "bibliography-type", line: line,
        "as holds what was cited, such as `as: {authors: [Dettmers], year: 2022}`")
      return cited
    }
    for (key, value) in mapping {
      let name = key.scalar?.string ?? ""
      let keyLine = BibliographyReader.line(of: key)
      let text = value.scalar?.string
      switch name {
      case "authors":
        if let names = BibliographyReader.names(value) {
          cited.authors = names
        } else {
          log.error("bibliography-type", line: keyLine, "authors is a list of names")
        }
      case "year":
        cited.year = text.flatMap { Int($0) }
        if cited.year == nil {
          log.error("bibliography-type", line: keyLine, "the year cited is a number")
        }
      case "arxiv": cited.arXiv = text
      case "after":
        cited.after = text
        if let text { check(text, line: keyLine) }
      default: reportKey(name, line: keyLine, known: Self.citedKeys)
      }
    }
    return cited
  }

  private mutating func check(_ id: String, line: Int) {
    guard bibliography[id] == nil else { return }
    log.error(
      "unknown-citation", line: line,
      "\(id) is not in the bibliography\(bibliography.suggestion(for: id))")
  }

  private mutating func reportKey(_ name: String, line: Int, known: [String]) {
    log.error(
      "unknown-key", line: line,
      "unknown key \(name)\(NearestWords.question(name, among: known))",
      notes: ["known keys: \(known.joined(separator: ", "))"])
  }

  private mutating func inlines(_ written: (text: String, line: Int)?) -> [Inline] {
    guard let written else { return [] }
    var reader = TreeReader(
      source: SourceText(bytes: Array(written.text.utf8)), path: log.path,
      bibliography: bibliography)
    let inlines = reader.inlines(ofLine: written.text, line: written.line)
    log.add(reader.log.all)
    return inlines
  }
}
