internal import Digests

/// The data files that a chapter's code names, and their hashes.
///
/// A string literal that is the path of something there, as it stands or under the folder that holds
/// the chapters folder, is taken for a data file. A folder counts with the name, size and time of every
/// file in it.
struct ChapterData {
  /// Hashes by the path as the code names it.
  let hashes: [String: String]

  init(_ chapter: Chapter, course: String?, store: ResultStore) {
    var hashes: [String: String] = [:]
    for literal in Set(chapter.steps.flatMap { Self.literals(in: $0.code) }) {
      let places = literal.hasPrefix("/") ? [literal] : course.map { ["\($0)/\(literal)"] } ?? []
      guard let path = places.first(where: Files.exists) else { continue }
      hashes[literal] = Files.isFolder(path) ? Self.hash(ofFolder: path) : store.hash(ofFile: path)
    }
    self.hashes = hashes
  }

  private static func literals(in code: String) -> [String] {
    let bytes = Array(code.utf8)
    return SwiftLexer(code).tokens().filter { $0.kind == .string && $0.interpolations.isEmpty }
      .map { String(decoding: bytes[$0.range], as: UTF8.self) }
      .map { literal in
        let rest = literal.drop { "#\"".contains($0) }.reversed()
        return String(rest.drop { "#\"".contains($0) }.reversed())
      }
      .filter { !$0.isEmpty && $0 != "/" && $0.utf8.count < 1024 && !$0.contains("\n") }
  }

  private static func hash(ofFolder folder: String) -> String {
    let stamps = Files.names(in: folder).map { name in
      "\(name) \(Files.stamp(of: "\(folder)/\(name)") ?? "")"
    }
    return SHA256.hex(stamps.joined(separator: "\n"))
  }
}
