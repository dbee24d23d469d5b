/// Checks that a glossary is in order, and that chapters teach and use its words.
struct GlossaryLint {
  let glossary: Glossary
  /// Every anchor of its page.
  let anchors: Set<String>
  /// The ids of the course's chapters.
  let chapterIDs: [String]
  /// The chapters, as far as they could be read.
  let chapters: [Chapter]

  /// What is wrong, in line order.
  func diagnostics() -> [Diagnostic] {
    let all =
      form() + duplicates() + order() + deadLinks() + unused()
      + UnprovenNumbers.diagnostics(in: everything, path: glossary.path, of: "the glossary")
    return all.enumerated().sorted { ($0.element.line, $0.offset) < ($1.element.line, $1.offset) }
      .map(\.element)
  }

  /// The entries as they stand in the file.
  private var inFileOrder: [Glossary.Entry] {
    glossary.entries.sorted { $0.line < $1.line }
  }

  private var everything: [Block] {
    glossary.introduction
      + inFileOrder.flatMap { [Block(.paragraph($0.name), line: $0.line)] + $0.blocks }
  }

  private func error(_ id: String, _ line: Int, _ summary: String) -> Diagnostic {
    Diagnostic(id: id, path: glossary.path, line: line, summary: summary)
  }

  // MARK: Form

  private func form() -> [Diagnostic] {
    var found: [Diagnostic] = []
    if glossary.title.isEmpty {
      found.append(
        error("glossary-title", 1, "the glossary has no title; begin with `# Glossary`"))
    }
    for entry in glossary.entries {
      if entry.blocks.isEmpty {
        found.append(
          error("empty-term", entry.line, "\(entry.term) is not explained; add a sentence or two"))
      } else if entry.references.isEmpty {
        found.append(
          error(
            "term-without-chapter", entry.line,
            "\(entry.term) leads to no chapter; link to where it is taught, "
              + "as in `[chapter 1](01-first.md#its-heading)`"))
      }
    }
    for block in BlockWalk.all(everything) {
      switch block.kind {
      case .step, .output, .predict, .claim:
        found.append(
          error(
            "step-in-glossary", block.line, "nothing runs in the glossary; move it to a chapter"))
      default: break
      }
    }
    return found
  }

  private func duplicates() -> [Diagnostic] {
    var seen: [String: Glossary.Entry] = [:]
    var found: [Diagnostic] = []
    for entry in inFileOrder {
      for name in [entry.term] + entry.synonyms {
        if let earlier = seen[name.lowercased()] {
          found.append(
            error(
              "duplicate-term", entry.line,
              "\(name) is explained at line \(earlier.line) already, under \(earlier.term)"))
        } else {
          seen[name.lowercased()] = entry
        }
      }
    }
    return found
  }

  private func order() -> [Diagnostic] {
    var last: Glossary.Entry?
    var found: [Diagnostic] = []
    for entry in inFileOrder {
      if let last, entry.sortingKey < last.sortingKey {
        found.append(
          error(
            "glossary-order", entry.line,
            "\(entry.term) stands after \(last.term); the terms are in alphabetical order"))
      } else {
        last = entry
      }
    }
    return found
  }

  // MARK: Links

  private func deadLinks() -> [Diagnostic] {
    let headings = Dictionary(
      chapters.map { ($0.id, Self.headings(of: $0)) }, uniquingKeysWith: { first, _ in first })
    var found = glossary.entries.flatMap(\.references).compactMap { link -> Diagnostic? in
      guard chapterIDs.contains(link.chapter) else {
        return error(
          "dead-link", link.line,
          "\(link.destination) leads to no chapter"
            + NearestWords.question(link.chapter, among: chapterIDs))
      }
      guard let anchor = link.anchor, let known = headings[link.chapter], !known.contains(anchor)
      else { return nil }
      return error(
        "dead-link", link.line,
        "\(link.destination) leads to no heading of \(link.chapter)"
          + NearestWords.question(anchor, among: known.sorted()))
    }
    for (text, destination, line) in LinkWalk.links(in: everything)
    where destination.hasPrefix("#") && !anchors.contains(String(destination.dropFirst())) {
      let near = NearestWords.question(String(destination.dropFirst()), among: anchors.sorted())
      found.append(
        error(
          "dead-link", line, "[\(text)](\(destination)) leads to no term of the glossary\(near)"))
    }
    return found
  }

  private static func headings(of chapter: Chapter) -> Set<String> {
    Set(
      BlockWalk.all(chapter.blocks).compactMap { block in
        if case .heading(_, let anchor, _) = block.kind { anchor } else { nil }
      })
  }

  // MARK: Use

  private func unused() -> [Diagnostic] {
    let texts = chapters.map { SpokenWords(of: $0) }
    return glossary.entries.compactMap { entry in
      let names = [entry.term] + entry.synonyms
      guard !texts.contains(where: { text in names.contains(where: text.contains) }) else {
        return nil
      }
      return error(
        "unused-term", entry.line,
        "no chapter uses \(entry.term); use it there, name the word they use after `Also`, or remove it"
      )
    }
  }
}
