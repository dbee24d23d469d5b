import Course

/// How a source reads: short where it is cited, whole in the bibliography.
enum CitationText {
  /// `Frantar et al. 2022`, `Jacob & Kligys 2018`; the title where nobody signed.
  static func short(_ source: Source) -> String {
    let names = source.authors.map(familyName)
    let who: String
    switch names.count {
    case 0: who = head(of: source.title)
    case 1: who = names[0]
    case 2: who = "\(names[0]) & \(names[1])"
    default: who = "\(names[0]) et al."
    }
    return source.year.map { "\(who) \($0)" } ?? who
  }

  /// The whole entry in a line: authors, title, where and when.
  static func full(_ source: Source) -> String {
    let names =
      source.authors.count > 4
      ? [source.authors[0], "and others"] : source.authors
    let place = [source.venue, source.year.map(String.init)].compactMap(\.self)
    return [names.joined(separator: ", "), source.title, place.joined(separator: ", ")]
      .filter { !$0.isEmpty }.map { $0.hasSuffix(".") ? $0 : $0 + "." }.joined(separator: " ")
  }

  /// What entries are sorted by: the first author's family name, else the title.
  static func sortingKey(_ source: Source) -> String {
    (source.authors.first.map(familyName) ?? source.title).lowercased()
  }

  /// A title without what follows its colon or its bracket.
  private static func head(of title: String) -> String {
    let head = title.prefix { $0 != ":" && $0 != "(" }
    let words = head.split(separator: " ").joined(separator: " ")
    return words.isEmpty ? title : words
  }

  /// The authors in a row.
  static func authors(_ source: Source) -> String {
    source.authors.joined(separator: ", ")
  }

  /// The last word of a name, or what stands before a comma.
  private static func familyName(_ name: String) -> String {
    if let comma = name.firstIndex(of: ",") { return String(name[..<comma]) }
    return name.split(separator: " ").last.map(String.init) ?? name
  }
}
