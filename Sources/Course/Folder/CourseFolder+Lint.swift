extension CourseFolder {
  /// What only shows when all chapters are seen together.
  ///
  /// Two chapters with one number, a need that no chapter meets or that comes later in the book, a
  /// source that nothing cites. What is wrong with `sources.yaml` itself is in ``diagnostics``.
  ///
  /// - Parameter chapters: Every chapter of this folder, parsed.
  /// - Returns: Diagnostics of the chapters in their order, then of `sources.yaml` in line order.
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
    return found + uncited(chapters)
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

  private func uncited(_ chapters: [Chapter]) -> [Diagnostic] {
    guard let bibliography else { return [] }
    var cited = Set(chapters.flatMap(\.frontMatter.sources))
    for chapter in chapters { cited.formUnion(chapter.citedSources) }
    return bibliography.entries.filter { !cited.contains($0.id) }.map { source in
      Diagnostic(
        .warning, id: "uncited-source", path: "\(path)/sources.yaml", line: source.line,
        summary: "no chapter cites \(source.id); cite it or remove it")
    }
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
