extension CourseFolder {
  /// What only shows when all chapters are seen together.
  ///
  /// Two chapters with one number or with claims of one name, a need that no chapter meets or that comes later in the book, a
  /// source that nothing cites, a wrong citation that is none, a word of the glossary that no chapter
  /// uses. What is wrong with the form of `sources.yaml` and `glossary.md` is in ``diagnostics``.
  ///
  /// - Parameter chapters: Every chapter of this folder, parsed.
  /// - Returns: Diagnostics of the chapters in their order, then of `sources.yaml` and of `glossary.md`,
  ///   each in line order.
  public func lint(_ chapters: [Chapter]) -> [Diagnostic] {
    var found: [Diagnostic] = []
    let order = Dictionary(
      self.chapters.enumerated().map { ($0.element.id, $0.offset) },
      uniquingKeysWith: { first, _ in first })
    var numbers: [Int: ChapterFile] = [:]
    for file in self.chapters {
      guard let number = file.number else { continue }
      if let earlier = numbers[number] {
        found.append(
          Diagnostic(
            id: "duplicate-number", path: file.path, line: 1,
            summary: "\(earlier.id) already has the number \(number); rename one of the files"))
      } else {
        numbers[number] = file
      }
    }
    for chapter in chapters { found += needs(of: chapter, order: order) }
    found += Self.sharedClaims(chapters)
    if let bibliography {
      found += BibliographyLint(
        bibliography: bibliography, path: "\(path)/sources.yaml", chapters: chapters,
        glossary: glossary
      ).diagnostics()
    }
    if let glossary {
      found += GlossaryLint(
        glossary: glossary, anchors: glossaryAnchors, chapterIDs: self.chapters.map(\.id),
        chapters: chapters
      ).diagnostics()
    }
    return found
  }

  /// Claims of later chapters that have the name of an earlier chapter's: the ledger lists all claims on
  /// one page, where a name leads to one.
  private static func sharedClaims(_ chapters: [Chapter]) -> [Diagnostic] {
    var owners: [String: (chapter: String, line: Int)] = [:]
    return chapters.flatMap { chapter in
      BlockWalk.all(chapter.blocks).compactMap { block -> Diagnostic? in
        guard case .claim(let id, _, _) = block.kind else { return nil }
        guard let owner = owners[id] else {
          owners[id] = (chapter.id, block.line)
          return nil
        }
        // Twice in one chapter is that chapter's own mistake.
        if owner.chapter == chapter.id { return nil }
        return Diagnostic(
          id: "claim-in-two-chapters", path: chapter.path, line: block.line,
          summary:
            "\(owner.chapter) states a claim \(id) at line \(owner.line) already; give this one "
            + "a name of its own")
      }
    }
  }

  private func needs(of chapter: Chapter, order: [String: Int]) -> [Diagnostic] {
    guard !chapter.frontMatter.needs.isEmpty else { return [] }
    let source = SourceText(bytes: Array(chapter.source.utf8))
    let lines = FrontMatterReader(source, path: chapter.path).itemLines["needs"] ?? []
    var found: [Diagnostic] = []
    for (index, need) in chapter.frontMatter.needs.enumerated() {
      let line = index < lines.count ? lines[index] : 1
      if let place = order[need] {
        guard let own = order[chapter.id], place >= own else { continue }
        found.append(
          Diagnostic(
            .warning, id: "need-comes-later", path: chapter.path, line: line,
            summary: "\(need) does not come before this chapter, which needs it"))
      } else {
        let ids = self.chapters.map(\.id)
        found.append(
          Diagnostic(
            id: "unknown-need", path: chapter.path, line: line,
            summary: "there is no chapter \(need)\(NearestWords.question(need, among: ids))"))
      }
    }
    return found
  }
}

extension Chapter {
  /// The ids of the sources that the text cites, and of its claims' sources.
  public var citedSources: Set<String> {
    var cited: Set<String> = []
    Self.collect(blocks, into: &cited)
    return cited
  }

  private static func collect(_ blocks: [Block], into cited: inout Set<String>) {
    for block in blocks {
      if case .claim(_, let source, _) = block.kind { cited.insert(source) }
      for prose in block.prose { collect(prose.inlines, into: &cited) }
      collect(block.children, into: &cited)
    }
  }

  private static func collect(_ inlines: [Inline], into cited: inout Set<String>) {
    for inline in inlines {
      if case .citation(let id) = inline { cited.insert(id) }
      collect(inline.children, into: &cited)
    }
  }
}
