/// Checks that the bibliography of a course agrees with itself and with the chapters.
///
/// That every citation resolves is said where a chapter is read, and what is wrong with the file's form
/// where it is read.
struct BibliographyLint {
  let bibliography: Bibliography
  /// The file as messages name it.
  let path: String
  /// Every chapter of the course.
  let chapters: [Chapter]
  /// The words of the course, which may cite too.
  let glossary: Glossary?

  /// What is wrong with the chapters in their order, then with the file in line order.
  func diagnostics() -> [Diagnostic] {
    let own =
      numbers() + uncited()
      + bibliography.miscitations.flatMap { diagnostics(of: $0.miscitation, citing: $0.source) }
    return chapters.flatMap(unusedSources)
      + own.enumerated().sorted { ($0.element.line, $0.offset) < ($1.element.line, $1.offset) }
      .map(\.element)
  }

  private func error(_ id: String, _ line: Int, _ summary: String) -> Diagnostic {
    Diagnostic(id: id, path: path, line: line, summary: summary)
  }

  // MARK: Citations

  /// Sources that a chapter's front matter lists and its text never cites.
  private func unusedSources(of chapter: Chapter) -> [Diagnostic] {
    let listed = chapter.frontMatter.sources
    guard !listed.isEmpty else { return [] }
    let cited = chapter.citedSources
    let source = SourceText(bytes: Array(chapter.source.utf8))
    let lines = FrontMatterReader(source, path: chapter.path).itemLines["sources"] ?? []
    return listed.enumerated().compactMap { index, id in
      guard !cited.contains(id), bibliography[id] != nil else { return nil }
      return Diagnostic(
        id: "unused-source", path: chapter.path, line: index < lines.count ? lines[index] : 1,
        summary: "the chapter lists \(id) and never cites it; cite it as [@\(id)] or remove it here"
      )
    }
  }

  private func uncited() -> [Diagnostic] {
    var cited = Set(chapters.flatMap(\.frontMatter.sources))
    for chapter in chapters { cited.formUnion(chapter.citedSources) }
    for entry in glossary?.entries ?? [] {
      cited.formUnion(BlockWalk.inlines(of: entry.blocks).flatMap(\.ownCitation))
    }
    for (source, miscitation) in bibliography.miscitations {
      cited.insert(source.id)
      cited.formUnion(miscitation.citedSources)
    }
    return bibliography.entries.filter { !cited.contains($0.id) }.map { source in
      error(
        "uncited-source", source.line,
        "nothing cites \(source.id); cite it in a chapter or remove it")
    }
  }

  // MARK: arXiv numbers

  private func numbers() -> [Diagnostic] {
    var found: [Diagnostic] = []
    var seen: [String: Source] = [:]
    for source in bibliography.entries {
      guard let text = source.arXiv else { continue }
      guard let number = ArXivNumber(text) else {
        found.append(
          error(
            "arxiv-number", source.line,
            "\(text) of \(source.id) is no arXiv number; write it as in `arxiv: \"2210.17323\"`, "
              + "in quotes and without a version"))
        continue
      }
      if let earlier = seen[text] {
        found.append(
          error(
            "duplicate-arxiv", source.line,
            "\(earlier.id) on line \(earlier.line) has arXiv number \(text) already; "
              + "one of \(earlier.id) and \(source.id) has another's"))
      }
      seen[text] = seen[text] ?? source
      // A paper may reach arXiv some months after its journal.
      if let year = source.year, year < number.year - 1 {
        found.append(
          error(
            "year-before-arxiv", source.line,
            "\(source.id) is of \(year), its arXiv number \(text) of \(number.year); one is wrong"))
      }
    }
    return found
  }

  // MARK: Wrong citations

  private func diagnostics(of row: Miscitation, citing source: Source) -> [Diagnostic] {
    var found: [Diagnostic] = []
    let differences = row.differences(from: source, in: bibliography)
    let incomparable = row.incomparable(with: source, in: bibliography)
    for field in incomparable {
      let reason =
        field == "after"
        ? "nothing tells which of \(source.id) and \(row.cited.after ?? "") came first"
        : "\(source.id) has no \(field) to compare with"
      found.append(
        error(
          "nothing-to-compare", row.line,
          "the wrong citation by \(row.by) cannot be checked: \(reason)"))
    }
    if !row.cited.isEmpty, differences.isEmpty, incomparable.isEmpty {
      found.append(
        error(
          "not-miscited", row.line,
          "what \(row.by) cites agrees with \(source.id) in everything under `as:`; "
            + "say there what is wrong, or remove this"))
    }
    let hasOtherNumber = differences.contains { difference in
      if case .arXiv = difference { true } else { false }
    }
    if !row.actually.isEmpty, !hasOtherNumber {
      found.append(
        error(
          "actually-without-number", row.line,
          "`actually` says what stands at a wrong arXiv number; give that as `as: {arxiv: …}`"))
    }
    let words = [row.claim, row.correct, row.actually].map {
      Block(.paragraph($0), line: row.line)
    }
    return found + UnprovenNumbers.diagnostics(in: words, path: path, of: "a wrong citation")
  }
}

extension Inline {
  /// The ids cited in this inline and inside it.
  var citations: [String] {
    ownCitation + children.flatMap(\.citations)
  }

  /// The id, if this is a citation.
  var ownCitation: [String] {
    if case .citation(let id) = self { return [id] }
    return []
  }
}
