/// The words of a chapter's prose, to ask whether a term is among them.
///
/// Capitals, hyphens and a plural at the end do not count; code spans and formulas are words too.
struct SpokenWords {
  private let words: [String]
  private let places: [String: [Int]]

  /// The words of a chapter's title, headings, paragraphs, tables and summaries.
  init(of chapter: Chapter) {
    var words = Self.words(of: chapter.frontMatter.title)
    for block in BlockWalk.all(chapter.blocks) {
      for (inlines, _) in block.prose { words += Self.words(of: Inline.plainText(of: inlines)) }
      if case .math(let formula) = block.kind { words += Self.words(of: formula) }
    }
    self.words = words
    places = Dictionary(grouping: words.indices) { words[$0] }
  }

  /// Whether a term is among the words, in the singular or the plural.
  func contains(_ term: String) -> Bool {
    let wanted = Self.words(of: term)
    guard let last = wanted.last else { return false }
    return Self.numbers(of: last).contains { last in
      let wanted = wanted.dropLast() + [last]
      return (places[wanted[0]] ?? []).contains { words[$0...].starts(with: wanted) }
    }
  }

  /// A word and its plurals.
  private static func numbers(of word: String) -> [String] {
    [word, word + "s", word + "es"] + (word.hasSuffix("y") ? [word.dropLast() + "ies"] : [])
  }

  /// Runs of letters and digits, in lower case.
  ///
  /// Scalars are enough and much faster than characters: every chapter of a book passes through here.
  private static func words(of text: String) -> [String] {
    text.lowercased().unicodeScalars.split { scalar in
      guard scalar.isASCII else {
        return !(scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
      }
      switch scalar {
      case "a"..."z", "0"..."9": return false
      default: return true
      }
    }
    .map { String($0) }
  }
}
