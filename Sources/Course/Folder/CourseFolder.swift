/// A folder of chapters: which there are, in reading order, and what they may cite.
///
/// `NN-slug.md` come first by number, then other Markdown files by name, then `builds/*.md`.
/// `README.md`, `glossary.md` and hidden files are no chapters.
public struct CourseFolder: Sendable {
  /// The folder as it was named.
  public let path: String
  /// Its chapters in reading order.
  public let chapters: [ChapterFile]
  /// The sources of `sources.yaml`; nil where there is no such file.
  public let bibliography: Bibliography?
  /// The words of `glossary.md`; nil where there is no such file.
  public let glossary: Glossary?
  /// What is wrong with `sources.yaml` and `glossary.md`, and which chapters cannot be read and are left out.
  public let diagnostics: [Diagnostic]
  /// Every anchor of the glossary.
  let glossaryAnchors: Set<String>

  /// Looks into a folder; the chapters are not read yet.
  ///
  /// - Parameter path: The folder.
  /// - Throws: ``CourseError`` when it is missing, no folder, unreadable, or holds no chapter that
  ///   can be read.
  public init(path: String) throws(CourseError) {
    let path = Self.withoutSlash(path)
    switch FileReading.kind(of: path) {
    case .nothing: throw .missing(path: path)
    case .file: throw .notAFolder(path: path)
    case .folder: break
    }
    let names = try FileReading.names(in: path)
    let sources = try Self.sources(beside: path)
    self.path = path
    bibliography = sources.bibliography.isFromFile ? sources.bibliography : nil
    let words = Self.glossary(among: names, in: path, bibliography: sources.bibliography)
    glossary = words.reader?.glossary
    glossaryAnchors = words.reader?.anchors ?? []

    let top = names.filter(Self.isChapter).map { name in
      ChapterFile(
        id: String(name.dropLast(3)), path: Self.join(path, name),
        bibliography: sources.bibliography)
    }
    let builds = Self.join(path, "builds")
    var buildNames: [String] = []
    if FileReading.kind(of: builds) == .folder {
      buildNames = try FileReading.names(in: builds).filter(Self.isChapter)
    }
    let listed =
      top.sorted(by: Self.readsBefore)
      + buildNames.map { name in
        ChapterFile(
          id: "builds/\(name.dropLast(3))", path: Self.join(builds, name),
          bibliography: sources.bibliography)
      }
    let obstacles = listed.map { FileReading.obstacle(at: $0.path) }
    chapters = zip(listed, obstacles).filter { $0.1 == nil }.map(\.0)
    diagnostics =
      sources.diagnostics + words.diagnostics
      + zip(listed, obstacles).compactMap { file, obstacle in
        obstacle.map {
          Diagnostic(
            id: "unreadable-chapter", path: file.path, line: 1,
            summary: "the chapter cannot be read: \($0)")
        }
      }
    if chapters.isEmpty, let first = listed.first, let reason = obstacles.first ?? nil {
      throw .unreadable(path: first.path, reason: reason)
    }
    if chapters.isEmpty { throw .noChapters(path: path) }
  }

  /// The chapter that a reader names.
  ///
  /// - Parameter name: An id, a number with or without leading zeros, or a path to a `.md` file, which
  ///   need not lie in this folder.
  /// - Returns: The chapter's file.
  /// - Throws: ``CourseError`` when no chapter, or more than one, is meant.
  public func chapter(named name: String) throws(CourseError) -> ChapterFile {
    if let chapter = chapters.first(where: { $0.id == name }) { return chapter }
    if let number = Int(name), name.allSatisfy({ $0.isASCII && $0.isNumber }) {
      let found = chapters.filter { $0.number == number }
      if found.count > 1 { throw .ambiguousChapter(name: name, ids: found.map(\.id)) }
      if let only = found.first { return only }
    }
    if name.hasSuffix(".md") {
      if FileReading.kind(of: name) == .file {
        let resolved = FileReading.resolved(name)
        if let chapter = chapters.first(where: { FileReading.resolved($0.path) == resolved }) {
          return chapter
        }
        return try Self.chapter(atPath: name)
      }
      if let chapter = chapters.first(where: { "\($0.id).md" == name }) { return chapter }
      if name.contains("/") { throw .missing(path: name) }
    }
    throw .unknownChapter(name: name, folder: path, near: near(name))
  }

  /// The chapters that a command line names.
  ///
  /// A folder is needed only where a name is not a path: one chapter file can be verified anywhere.
  ///
  /// - Parameters:
  ///   - names: Ids, numbers and paths; none means every chapter of the folder.
  ///   - path: The chapters folder.
  /// - Returns: The chapters in the order named, each once.
  /// - Throws: ``CourseError`` when the folder is needed and unusable, or a name means no chapter.
  public static func chapters(
    named names: [String], in path: String
  ) throws(CourseError) -> [ChapterFile] {
    let arePaths = names.allSatisfy { $0.hasSuffix(".md") && FileReading.kind(of: $0) == .file }
    var found: [ChapterFile] = []
    if arePaths, !names.isEmpty, FileReading.kind(of: path) != .folder {
      for name in names { found.append(try chapter(atPath: name)) }
    } else {
      let folder: CourseFolder
      do {
        folder = try CourseFolder(path: path)
      } catch .noChapters(let empty) {
        guard arePaths, !names.isEmpty else { throw .noChapters(path: empty) }
        for name in names { found.append(try chapter(atPath: name)) }
        return unique(found)
      }
      if names.isEmpty { return folder.chapters }
      for name in names { found.append(try folder.chapter(named: name)) }
    }
    return unique(found)
  }

  // MARK: Names and paths

  /// A chapter that lies outside the folder: its own folder may hold its sources.
  private static func chapter(atPath path: String) throws(CourseError) -> ChapterFile {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    let name = parts.last.map(String.init) ?? path
    let folder = parts.count > 1 ? parts.dropLast().joined(separator: "/") : "."
    let sources = try sources(beside: folder.isEmpty ? "/" : folder)
    return ChapterFile(
      id: String(name.dropLast(3)), path: path, bibliography: sources.bibliography)
  }

  private static func sources(
    beside folder: String
  ) throws(CourseError) -> (bibliography: Bibliography, diagnostics: [Diagnostic]) {
    let path = join(folder, "sources.yaml")
    guard FileReading.kind(of: path) == .file else {
      return (Bibliography(entries: [], isFromFile: false), [])
    }
    let reader = BibliographyReader(bytes: try FileReading.bytes(of: path), path: path)
    return (Bibliography(entries: reader.entries), reader.log.inLineOrder)
  }

  private static func glossary(
    among names: [String], in folder: String, bibliography: Bibliography
  ) -> (reader: GlossaryReader?, diagnostics: [Diagnostic]) {
    guard let name = names.first(where: { $0.lowercased() == "glossary.md" }) else {
      return (nil, [])
    }
    let path = join(folder, name)
    do {
      let reader = GlossaryReader(
        bytes: try FileReading.bytes(of: path), path: path, bibliography: bibliography)
      return (reader, reader.diagnostics)
    } catch {
      let reason = FileReading.obstacle(at: path) ?? "the system could not read it"
      return (
        nil,
        [
          Diagnostic(
            id: "unreadable-glossary", path: path, line: 1,
            summary: "the glossary cannot be read: \(reason)")
        ]
      )
    }
  }

  private func near(_ name: String) -> [String] {
    let ids = chapters.map(\.id)
    let containing = ids.filter { $0.contains(name) && name.count >= 2 }
    if !containing.isEmpty { return Array(containing.prefix(3)) }
    let slugs = ids.map { id in String(id.drop { $0.isNumber || $0 == "-" }) }
    let wanted = String(name.drop { $0.isNumber || $0 == "-" })
    if let near = NearestWords.to(name, among: ids).first { return [near] }
    guard let slug = NearestWords.to(wanted, among: slugs).first,
      let index = slugs.firstIndex(of: slug)
    else { return [] }
    return [ids[index]]
  }

  private static func unique(_ chapters: [ChapterFile]) -> [ChapterFile] {
    var seen: Set<String> = []
    return chapters.filter { seen.insert($0.path).inserted }
  }

  private static func readsBefore(_ first: ChapterFile, _ second: ChapterFile) -> Bool {
    (first.number ?? .max, first.id) < (second.number ?? .max, second.id)
  }

  private static func isChapter(_ name: String) -> Bool {
    let notChapters = ["readme.md", "glossary.md", "contributing.md", "changelog.md", "license.md"]
    return name.hasSuffix(".md") && name.count > 3 && !name.hasPrefix(".") && !name.hasPrefix("_")
      && !notChapters.contains(name.lowercased())
  }

  private static func withoutSlash(_ path: String) -> String {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    return path
  }

  private static func join(_ folder: String, _ name: String) -> String {
    folder == "/" ? "/\(name)" : "\(withoutSlash(folder))/\(name)"
  }
}
