/// Finds the block that a compiler's error belongs to.
struct ErrorOwners {
  /// What an error belongs to.
  enum Owner: Hashable {
    case step(Int)
    case variant(Int)
  }

  private let chapter: Chapter
  private let name: String

  init(_ chapter: Chapter) {
    self.chapter = chapter
    name = Self.name(of: chapter.path)
  }

  /// A path as the compiler and crash reports name it: `#sourceLocation` takes the text between the
  /// quotes as it stands, escapes and all.
  static func name(of path: String) -> String {
    String(path.debugDescription.dropFirst().dropLast())
  }

  /// The block of an error, by its own place or else by the first of its notes that has one.
  func owner(of message: CompilerMessage) -> Owner? {
    if let owner = owner(file: message.file, line: message.line) { return owner }
    return message.notes.lazy.compactMap { owner(file: $0.file, line: $0.line) }.first
  }

  private func owner(file: String, line: Int) -> Owner? {
    guard file.hasPrefix(name) else { return nil }
    var rest = file.dropFirst(name.count)
    // The lines between steps belong to the step above them.
    if rest.hasSuffix("<end>") { rest = rest.dropLast(5) }
    if rest.hasPrefix("#") {
      return chapter.steps.firstIndex { $0.id == rest.dropFirst() }.map(Owner.variant)
    }
    guard rest.isEmpty else { return nil }
    return chapter.steps.lastIndex { $0.codeLine <= line }.map(Owner.step)
  }
}
